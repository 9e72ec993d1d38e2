// What is shown of what: the data, the part in view, colours, and levels between two times.

const data = JSON.parse(document.getElementById('data').textContent);
const $ = (selector) => document.querySelector(selector);
const plot = $('#plot'), overview = $('#overview'), readout = $('.readout'), stage = $('.stage'), tools = $('.tools');
const BANDS = ['sub bass', 'bass', 'low mid', 'mid', 'high mid', 'presence', 'air'];
const END = Math.max(data.end, 0.1), SPAN_MIN = Math.min(0.5, END);
const bytes = Uint8Array.from(atob(data.levels.base64), (c) => c.charCodeAt(0));
const slices = data.levels.slices, perSec = data.levels.per_sec, NOTHING = 255;
const names = Object.keys(data.processes);
// A mistake in what follows is told in the page itself.
addEventListener('error', (event) => { document.documentElement.dataset.error = event.message; });
let view = { from: 0, to: END }, hover = null, select = null, colours, lanes, W = 0, H = 0, left = 0;

// -- colours

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
const mix = (a, b, share) => a.map((x, i) => x + (b[i] - x) * share);
const text = (c) => `rgb(${c.map(Math.round).join()})`;

function readColours() {
  const named = ['panel', 'sunk', 'soft', 'line', 'text', 'muted', 'faint', 'good', 'bad', 'fault', 'accent', 'low', 'mid', 'high', 'buildup',
    'drop', 'breakdown', 'tempo', 'known', 'manager', 'refrain', 'refrain-bar', 'starting', 'degraded', 'unhealthy', 'backoff', 'given-up', 'stopped'];
  colours = Object.fromEntries(named.map((name) => [name, css('--' + name)]));
  colours.healthy = colours.good;
  colours.given_up = colours['given-up'];
  const stops = css('--heat').split(',').map((stop) => rgb(stop.trim()));
  colours.heat = Array.from({ length: 255 }, (_, i) => {
    const at = (i / 254) * (stops.length - 1), low = Math.min(Math.floor(at), stops.length - 2);
    return text(mix(stops[low], stops[low + 1], at - low));
  });
  colours.balance = ['low', 'mid', 'high'].map((name) => rgb(colours[name]));
}

// The colour of a sound: low, middle and high parts, each by its share; the power makes the strongest tell.
function balance(levels) {
  const parts = [Math.max(levels[0], levels[1]), (levels[2] + levels[3]) / 2, (levels[4] + levels[5] + levels[6]) / 3];
  const weights = parts.map((part) => (part / 254 + 0.01) ** 4), sum = weights[0] + weights[1] + weights[2];
  return text([0, 1, 2].map((i) => colours.balance.reduce((all, c, part) => all + (c[i] * weights[part]) / sum, 0)));
}

// -- time

const xOf = (t) => left + ((t - view.from) / (view.to - view.from)) * (W - left - 1);
const tOf = (x) => view.from + ((x - left) / (W - left - 1)) * (view.to - view.from);
const shows = (from, to) => to >= view.from && from <= view.to;

function clock(t, digits = 2) {
  const unit = 10 ** digits, all = Math.round(Math.max(t, 0) * unit), whole = Math.floor(all / unit);
  const rest = digits ? '.' + String(all % unit).padStart(digits, '0') : '';
  const two = (n) => String(n).padStart(2, '0'), h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60;
  return (h ? `${h}:${two(m)}` : m) + ':' + two(whole % 60) + rest;
}
const long = (sec) => (sec < 1 ? `${Math.round(sec * 1000)} ms` : sec < 10 ? `${sec.toFixed(2)} s` : sec < 100 ? `${sec.toFixed(1)} s` : clock(sec, 0));

function setView(from, to) {
  const span = Math.min(Math.max(to - from, SPAN_MIN), END), start = Math.min(Math.max(from, 0), END - span);
  view = { from: start, to: start + span };
  redraw();
}
const isWhole = () => view.to - view.from >= END * 0.9999;
const zoom = (factor, around = (view.from + view.to) / 2) =>
  setView(around - (around - view.from) * factor, around + (view.to - around) * factor);
const pan = (share) => setView(view.from + share * (view.to - view.from), view.to + share * (view.to - view.from));

// The first index whose time is not before t, in an ascending list.
function lowerBound(list, t, time = (item) => item) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time(list[middle]) < t) low = middle + 1; else high = middle;
  }
  return low;
}

// The levels at a moment, between the middles of two slices.
function levelsAt(t) {
  const at = t * perSec - 0.5, own = Math.min(Math.max(Math.floor(t * perSec), 0), slices - 1);
  if (!slices || bytes[7 * slices + own] === NOTHING) return null;
  const other = Math.min(Math.max(at < own ? own - 1 : own + 1, 0), slices - 1), share = Math.min(Math.abs(at - own), 0.5);
  const near = bytes[7 * slices + other] === NOTHING ? own : other;
  const means = Array.from({ length: 8 }, (_, band) => {
    const here = bytes[band * slices + own];
    return here + (bytes[band * slices + near] - here) * share;
  });
  return { means, highest: means[7] };
}

// Mean of each band and of the loudness, and the highest loudness, between two times; null where nothing came.
function levelsBetween(from, to) {
  if ((to - from) * perSec < 1) return levelsAt((from + to) / 2);
  const first = Math.max(0, Math.floor(from * perSec)), last = Math.min(slices - 1, Math.max(first, Math.ceil(to * perSec) - 1));
  const sums = new Float64Array(8);
  let count = 0, highest = 0;
  for (let i = first; i <= last; i++) {
    const loud = bytes[7 * slices + i];
    if (loud === NOTHING) continue;
    count++;
    highest = Math.max(highest, loud);
    for (let band = 0; band < 8; band++) sums[band] += bytes[band * slices + i];
  }
  if (!count) return null;
  return { means: Array.from(sums, (sum) => sum / count), highest };
}
