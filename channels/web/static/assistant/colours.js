/* Colours of the host's choice, taken only where they can be read. */

const LEAST = 4.5; // WCAG 1.4.3 for text; more than the 3 that 1.4.11 asks of edges.

/* "#14603f" or "#164" as [red, green, blue], else null. */
function parse(colour) {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(colour?.trim() ?? "")?.[1];
  if (!hex) return null;
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
  return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16));
}

function luminance(rgb) {
  const [red, green, blue] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/* Returns the custom properties for the wanted colours, or none, with a warning that says why. */
export function colours(accent, ink, warn) {
  if (!accent && !ink) return {};
  const main = parse(accent);
  const text = ink ? parse(ink) : [255, 255, 255];
  if (!main || !text) {
    warn(`data-color and data-text-color are written as #rrggbb; "${accent}" and "${ink ?? ""}" are not used`);
    return {};
  }
  const found = contrast(main, text);
  // The accent is also the colour of quick replies, on white.
  const alone = contrast(main, [255, 255, 255]);
  if (Math.min(found, alone) < LEAST) {
    warn(
      `data-color ${accent} has a contrast of ${found.toFixed(2)} to its text and ${alone.toFixed(2)} to white; ` +
        `${LEAST} is needed, so the widget keeps its own colours`,
    );
    return {};
  }
  const darker = `rgb(${main.map((value) => Math.round(value * 0.8)).join(" ")})`;
  const own = `rgb(${main.join(" ")})`;
  // A hovered button is darker, which helps light text only.
  const deep = contrast(main.map((value) => value * 0.8), text) >= LEAST ? darker : own;
  const writing = `rgb(${text.join(" ")})`;
  return { "--accent": own, "--accent-deep": deep, "--accent-ink": writing, "--mine": own, "--mine-ink": writing };
}
