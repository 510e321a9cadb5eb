// Which part of the world one looks at. `x` and `y` are the world's point in the middle.

const LEAST = 0.01;
const MOST = 3;
const GLIDE = 150;

export class Camera {
  constructor(changed) {
    this.x = 0;
    this.y = 0;
    this.zoom = 1;
    this.width = 1;
    this.height = 1;
    this.changed = changed;
  }

  toWorld(x, y) {
    return [this.x + (x - this.width / 2) / this.zoom, this.y + (y - this.height / 2) / this.zoom];
  }

  /** The rectangle of the world that is seen. */
  view() {
    const width = this.width / this.zoom;
    const height = this.height / this.zoom;
    return { x: this.x - width / 2, y: this.y - height / 2, width, height };
  }

  set(x, y, zoom) {
    cancelAnimationFrame(this.gliding);
    this.x = x;
    this.y = y;
    this.zoom = Math.min(Math.max(zoom, LEAST), MOST);
    this.changed();
  }

  pan(dx, dy) {
    this.set(this.x - dx / this.zoom, this.y - dy / this.zoom, this.zoom);
  }

  /** Zoom so that the point of the screen stays where it is. */
  zoomAt(x, y, factor) {
    const [wx, wy] = this.toWorld(x, y);
    const zoom = Math.min(Math.max(this.zoom * factor, LEAST), MOST);
    this.set(wx - (x - this.width / 2) / zoom, wy - (y - this.height / 2) / zoom, zoom);
  }

  fit(box, { most = 1.2, margin = 40, glide = true } = {}) {
    const zoom = Math.min((this.width - 2 * margin) / box.width, (this.height - 2 * margin) / box.height, most);
    this.go(box.x + box.width / 2, box.y + box.height / 2, Math.max(zoom, LEAST), glide);
  }

  /** Bring a box into sight; what is seen already is not moved. */
  reveal(box, least = 0.6) {
    const view = this.view();
    const seen = box.x >= view.x && box.y >= view.y && box.x + box.width <= view.x + view.width && box.y + box.height <= view.y + view.height;
    if (seen && this.zoom >= least) return;
    this.go(box.x + box.width / 2, box.y + box.height / 2, Math.max(this.zoom, least), true);
  }

  go(x, y, zoom, glide) {
    if (!glide || matchMedia("(prefers-reduced-motion: reduce)").matches) { this.set(x, y, zoom); return; }
    cancelAnimationFrame(this.gliding);
    const from = [this.x, this.y, this.zoom];
    const start = performance.now();
    const frame = (now) => {
      const part = Math.min(Math.max((now - start) / GLIDE, 0), 1);
      const eased = 1 - (1 - part) ** 3;
      this.x = from[0] + (x - from[0]) * eased;
      this.y = from[1] + (y - from[1]) * eased;
      this.zoom = from[2] * (zoom / from[2]) ** eased;
      this.changed();
      if (part < 1) this.gliding = requestAnimationFrame(frame);
    };
    this.gliding = requestAnimationFrame(frame);
  }
}
