// Draws every `figure[data-chart]` with Vega, in the colours of the theme, and draws again when the
// theme changes. Expressions are interpreted, never compiled: the page allows no eval.
//
// drawCharts(root) draws those below an element that came in later; saveChart(figure, "svg" | "png")
// hands one out as a file.

const drawn = new Map();
let library;

function tones() {
  const style = getComputedStyle(document.documentElement);
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const known = new Map();
  const tone = (name) => {
    if (!known.has(name)) {
      // The token may be light-dark(): the browser says which colour that is now.
      probe.style.color = style.getPropertyValue(`--${name}`);
      known.set(name, getComputedStyle(probe).color);
    }
    return known.get(name);
  };
  return { tone, done: () => probe.remove() };
}

function resolved(value, tone) {
  if (Array.isArray(value)) return value.map((one) => resolved(one, tone));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === "values" ? one : resolved(one, tone)]));
  }
  return typeof value === "string" && value.startsWith("token:") ? tone(value.slice(6)) : value;
}

async function draw(figure) {
  const source = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const place = figure.querySelector("[data-picture]");
  library ??= import(figure.dataset.library);
  const { tone, done } = tones();
  const spec = { ...resolved(source.spec, tone) };
  spec.config = { ...resolved(source.look, tone), ...spec.config };
  done();
  try {
    const { default: embed } = await library;
    const before = drawn.get(figure);
    const made = await embed(place, spec, {
      actions: false,
      ast: true,
      defaultStyle: false,
      renderer: "canvas",
      tooltip: { disableDefaultStyle: true },
    });
    before?.finalize();
    drawn.set(figure, made);
    figure.dataset.drawn = "";
  } catch (error) {
    place.textContent = "The picture could not be drawn; the table below holds the numbers.";
    console.warn(error);
  }
}

/** Draw the charts below an element; those that left the page give back what they hold. */
export function drawCharts(root = document) {
  for (const [figure, made] of drawn) {
    if (figure.isConnected) continue;
    made.finalize();
    drawn.delete(figure);
  }
  return Promise.all([...root.querySelectorAll("figure[data-chart]")].map(draw));
}

/** A drawn chart as a file. */
export async function saveChart(figure, form) {
  const view = drawn.get(figure)?.view;
  if (!view) return;
  const href = form === "svg" ? URL.createObjectURL(new Blob([await view.toSVG()], { type: "image/svg+xml" })) : await view.toImageURL("png", 2);
  const link = Object.assign(document.createElement("a"), { href, download: `${figure.id || "chart"}.${form}` });
  link.click();
  if (form === "svg") URL.revokeObjectURL(href);
}

drawCharts();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawCharts());
new MutationObserver(() => drawCharts()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
