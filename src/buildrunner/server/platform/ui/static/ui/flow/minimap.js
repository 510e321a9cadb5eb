// The whole graph small, with what one looks at; press or drag to go there.

export class Minimap {
  constructor(canvas, camera) {
    this.canvas = canvas;
    this.camera = camera;
    this.still = document.createElement("canvas");
    const go = (event) => {
      if (!this.scale || (event.type === "pointermove" && !event.buttons)) return;
      const place = canvas.getBoundingClientRect();
      camera.set((event.clientX - place.x - this.left) / this.scale, (event.clientY - place.y - this.top) / this.scale, camera.zoom);
    };
    canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); go(event); });
    canvas.addEventListener("pointermove", go);
  }

  /** Draw the graph anew: it changed, or the colours did. */
  renew(scene, ink) {
    this.ink = ink;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width) { this.scale = 0; return; }
    const ratio = devicePixelRatio || 1;
    for (const one of [this.canvas, this.still]) { one.width = width * ratio; one.height = height * ratio; }
    const { bounds } = scene;
    this.scale = Math.min((width - 8) / bounds.width, (height - 8) / bounds.height);
    this.left = (width - bounds.width * this.scale) / 2;
    this.top = (height - bounds.height * this.scale) / 2;
    const context = this.still.getContext("2d");
    context.setTransform(ratio * this.scale, 0, 0, ratio * this.scale, ratio * this.left, ratio * this.top);
    for (const box of scene.boxes) {
      context.fillStyle = ink.line;
      context.fillRect(box.x, box.y, box.width, box.height);
    }
    for (const one of scene.shown) {
      context.fillStyle = ink[one.node.status];
      context.fillRect(one.x, one.y, one.width, one.height);
    }
    this.draw();
  }

  draw() {
    if (!this.scale) return;
    const context = this.canvas.getContext("2d");
    const ratio = devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.still, 0, 0);
    const view = this.camera.view();
    context.strokeStyle = this.ink.accent;
    context.lineWidth = 2 * ratio;
    context.strokeRect(...[this.left + view.x * this.scale, this.top + view.y * this.scale, view.width * this.scale, view.height * this.scale].map((part) => part * ratio));
  }
}
