// The whole graph as a PNG file, drawn by the same hand as the page.

import { toast } from "../notices.js";
import { Camera } from "./camera.js";

const SIDE = 8000;
const MARGIN = 40;

export async function savePicture(flow) {
  const { bounds } = flow.scene;
  const camera = new Camera(() => {});
  camera.zoom = Math.min(1.5, SIDE / (bounds.width + 2 * MARGIN), SIDE / (bounds.height + 2 * MARGIN));
  camera.width = Math.ceil((bounds.width + 2 * MARGIN) * camera.zoom);
  camera.height = Math.ceil((bounds.height + 2 * MARGIN) * camera.zoom);
  camera.x = bounds.width / 2;
  camera.y = bounds.height / 2;
  const canvas = document.createElement("canvas");
  canvas.width = camera.width;
  canvas.height = camera.height;
  flow.render(canvas.getContext("2d"), camera, canvas.width, canvas.height, 1);
  const file = await new Promise((done) => { canvas.toBlob(done, "image/png"); });
  if (!file) { toast("The picture is too large for this browser. Close some milestones, or take the SVG."); return; }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = "flow.png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
