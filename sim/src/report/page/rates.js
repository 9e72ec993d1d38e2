// How many messages of OSC came, by the first part of their address, one family on top of the other.

const families = Object.keys(data.rates.counts), rateStep = data.rates.step_sec;
const rateParts = families.length ? data.rates.counts[families[0]].length : 0;
let rateMost = 1;
for (let part = 0; part < rateParts; part++) {
  rateMost = Math.max(rateMost, families.reduce((sum, name) => sum + data.rates.counts[name][part], 0) / rateStep);
}

const colourOf = (name) => ({ '/audio': colours.tempo, '/karaoke': colours['refrain-bar'], '/vj': colours.known })[name] || colours.accent;

// Messages a second of a family between two times.
function rateBetween(name, from, to) {
  const counts = data.rates.counts[name], first = Math.max(0, Math.floor(from / rateStep));
  const last = Math.min(rateParts - 1, Math.max(first, Math.ceil(to / rateStep) - 1));
  let sum = 0;
  for (let part = first; part <= last; part++) sum += counts[part];
  return last < first ? 0 : sum / ((last - first + 1) * rateStep);
}

function drawRates(ctx, lane) {
  const bottom = lane.y + lane.height;
  for (let x = left; x < W; x++) {
    let y = bottom;
    for (const name of families) {
      const height = (rateBetween(name, tOf(x), tOf(x + 1)) / rateMost) * lane.height;
      ctx.fillStyle = colourOf(name);
      ctx.globalAlpha = 0.8;
      ctx.fillRect(x, y - height, 1, height);
      y -= height;
    }
  }
  ctx.globalAlpha = 1;
  ctx.fillStyle = colours.line;
  ctx.fillRect(left, bottom, W - left, 1);
}

function nameRates(ctx, lane) {
  ctx.fillText(Math.round(rateMost), left - 10, lane.y + 5);
}

function tellRates(t, item) {
  for (const name of families) item(name, `${Math.round(rateBetween(name, t, t))} a second`);
}
