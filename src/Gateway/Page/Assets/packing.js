/** Places circles side by side without touching, the biggest in the middle. The same input gives the same picture. */

const GAP = 5;
const SMALLEST = 13;

/**
 * @param {{name: string, size: number}[]} items the biggest first; the area of a circle grows with its size
 * @param {number} width @param {number} height
 * @returns {Map<string, {x: number, y: number, radius: number}>}
 */
export function pack(items, width, height) {
  const total = items.reduce((sum, { size }) => sum + size, 0);
  let scale = Math.min(height * 0.27 / Math.sqrt(items[0]?.size ?? 1), Math.sqrt(width * height * 0.5 / (Math.PI * (total || 1))));
  for (;; scale *= 0.92) {
    const placed = place(items, scale, width, height);
    if (placed) return placed;
  }
}

function place(items, scale, width, height) {
  const placed = [];
  for (const { name, size } of items) {
    const radius = Math.max(Math.min(SMALLEST, scale * 8), scale * Math.sqrt(size));
    const spot = spotFor(radius, placed, width, height);
    if (!spot) return null;
    placed.push({ name, ...spot, radius });
  }
  return new Map(placed.map(({ name, ...circle }) => [name, circle]));
}

/** Searches along a spiral from the middle, stretched to the shape of the picture. */
function spotFor(radius, placed, width, height) {
  const [middleX, middleY] = [width / 2, height / 2];
  for (let turn = 0; turn < 2400; turn++) {
    const [angle, distance] = [turn * 0.35, turn * 0.16];
    const x = middleX + Math.cos(angle) * distance * (width / height);
    const y = middleY + Math.sin(angle) * distance;
    if (x < radius + GAP || x > width - radius - GAP || y < radius + GAP || y > height - radius - GAP) continue;
    if (placed.every(other => Math.hypot(other.x - x, other.y - y) >= other.radius + radius + GAP)) return { x, y };
  }
  return null;
}
