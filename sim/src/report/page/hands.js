// Putting the lanes on the screen, telling what is under the pointer, and doing what hands ask for.

const plain = '11px ui-sans-serif, system-ui, sans-serif', bold = '600 11px ui-sans-serif, system-ui, sans-serif';
let waiting = false;
function redraw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; draw(); drawOverview(); tell(); });
}

function sized(canvas, width, height) {
  const scale = window.devicePixelRatio || 1, w = Math.round(width * scale), h = Math.round(height * scale);
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
  const ctx = canvas.getContext('2d');
  ctx.setTransform(scale, 0, 0, scale, 0, 0);
  ctx.clearRect(0, 0, width, height);
  ctx.font = plain;
  ctx.textBaseline = 'middle';
  return ctx;
}

// Without the lines under the pointer this is the same picture until the view changes: it is kept.
let kept = null, keptFor = '';
function draw() {
  W = plot.clientWidth;
  layOut();
  plot.style.height = H + 'px';
  // For whoever looks at the page with a program: what is drawn, where, and which part.
  plot.dataset.lanes = JSON.stringify(lanes.map(({ name, y, height }) => [name, y, height]));
  plot.dataset.view = `${view.from.toFixed(3)} ${view.to.toFixed(3)}`;
  const key = [view.from, view.to, W, H, colours.panel, window.devicePixelRatio].join();
  if (key !== keptFor) {
    kept = kept || document.createElement('canvas');
    const ctx = sized(kept, W, H);
    for (const lane of lanes) {
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, 0, W - left, H);
      ctx.clip();
      lane.draw(ctx, lane);
      ctx.restore();
      ctx.font = plain;
      ctx.fillStyle = colours.muted;
      ctx.textAlign = 'left';
      ctx.fillText(lane.label, 0, lane.y + (lane.name === 'structure' ? 10 : lane.height / 2), left - 8);
      ctx.textAlign = 'right';
      if (lane.scale) lane.scale(ctx, lane);
    }
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, 0, W - left, H);
    ctx.clip();
    drawFaults(ctx);
    ctx.restore();
    keptFor = key;
  }
  const ctx = sized(plot, W, H);
  ctx.drawImage(kept, 0, 0, W, H);
  if (select) {
    ctx.fillStyle = colours.accent;
    ctx.globalAlpha = 0.18;
    ctx.fillRect(Math.min(select.from, select.to), 18, Math.abs(select.to - select.from), H);
    ctx.globalAlpha = 1;
  }
  if (hover !== null) { ctx.fillStyle = colours.text; ctx.fillRect(Math.round(hover), 16, 1, H); }
}

function drawOverview() {
  const width = overview.clientWidth, height = 40, ctx = sized(overview, width, height);
  for (let x = 0; x < width; x++) {
    const at = levelsBetween((x / width) * END, ((x + 1) / width) * END);
    if (!at) continue;
    const tall = (at.highest / 254) * (height - 8);
    ctx.fillStyle = balance(at.means);
    ctx.fillRect(x, (height - tall) / 2, 1, tall);
  }
  const from = (view.from / END) * width, to = (view.to / END) * width;
  ctx.globalAlpha = 0.72;
  ctx.fillStyle = colours.panel;
  ctx.fillRect(0, 0, from, height);
  ctx.fillRect(to, 0, width - to, height);
  ctx.globalAlpha = 1;
  ctx.fillStyle = colours.fault;
  for (const { t } of data.faults) ctx.fillRect(Math.round((t / END) * width), 0, 1, height);
  ctx.strokeStyle = colours.text;
  ctx.lineWidth = 1.5;
  box(ctx, from + 1, 1, Math.max(to - from - 2, 3), height - 2, 6);
  ctx.stroke();
}

// -- read-out

function add(parent, tag, className, words) {
  const element = parent.appendChild(document.createElement(tag));
  element.className = className;
  if (words !== undefined) element.textContent = words;
  return element;
}

function tell() {
  for (const button of tools.children) button.disabled = button.dataset.do === 'in' ? view.to - view.from <= SPAN_MIN : isWhole();
  readout.replaceChildren();
  if (hover === null) {
    const words = isWhole() ? `The whole run, ${clock(END, 0)}.` : `${clock(view.from)} to ${clock(view.to)}, ${long(view.to - view.from)}.`;
    add(readout, 'span', '', words + ' Point at the timeline to read its values.');
    return;
  }
  const t = tOf(hover), at = levelsBetween(t, t);
  add(readout, 'b', 'time', clock(t));
  const item = (label, value, wide = true) => {
    const span = add(readout, 'span', wide ? 'span' : '', label + ' ');
    add(span, 'b', '', value);
  };
  const meter = add(readout, 'span', 'meter');
  for (let band = 0; band < 7; band++) {
    const bar = add(meter, 'i', '');
    bar.style.height = (at ? (at.means[band] / 254) * 100 : 0) + '%';
    bar.title = BANDS[band];
  }
  item('loudness', at ? (at.means[7] / 254).toFixed(2) : 'nothing came');
  const tempo = data.tempo[lowerBound(data.tempo, t + 1e-9, (point) => point[0]) - 1];
  item('tempo', tempo && t - tempo[0] < 2.5 ? `${tempo[1].toFixed(1)} BPM` : 'none');
  item('beat', String(lowerBound(data.beats, t + 1e-9)));
  const section = data.structure.find(({ start, end }) => start <= t && t < end);
  if (section) item('', section.type === 'drop' ? 'drop' : 'build-up', false);
  tellWords(t, item);
  tellRates(t, item);
  for (const name of names) {
    const process = data.processes[name], alive = process.lives.some((life) => !life.refused && life.start <= t && (life.end === null || t < life.end));
    const health = process.health.find(({ start, end }) => start <= t && t < end);
    item(name, health ? health.health.replace('_', ' ') : alive ? 'runs' : 'down', false);
  }
  const fault = data.faults.find((fault) => Math.abs(xOf(fault.t) - hover) < 4);
  if (fault) item('fault', [fault.kind, fault.target, fault.detail].filter(Boolean).join(' '), false);
}

function legend() {
  const list = $('.legend'), health = new Set(names.flatMap((name) => data.processes[name].health.map((span) => span.health)));
  list.replaceChildren();
  const entry = (colour, words) => { add(add(list, 'li', ''), 'i', '').style.background = colour; list.lastChild.append(words); };
  entry(colours.low, 'bass leads');
  entry(colours.mid, 'middle leads');
  entry(colours.high, 'treble leads');
  entry(colours.buildup, 'build-up');
  entry(colours.drop, 'drop');
  if (data.known.structure.some(([type]) => type === 'breakdown')) entry(colours.breakdown, 'breakdown');
  if (data.known.structure.length) entry(`linear-gradient(transparent 75%, ${colours.drop} 75%)`, 'as the score has it');
  entry(`linear-gradient(90deg, transparent 42%, ${colours.accent} 42% 58%, transparent 58%)`, 'first beat of a bar');
  if (data.songs.lyrics.some(isRefrain)) entry(`linear-gradient(${colours.refrain} 70%, ${colours['refrain-bar']} 70%)`, 'line of the refrain');
  if (data.songs.lyrics.length) entry(`linear-gradient(90deg, transparent 42%, ${colours.muted} 42% 58%, transparent 58%)`, 'the words begin anew');
  if (data.songs.images.length) entry(`linear-gradient(to top right, ${colours.text} 45%, transparent 45%)`, 'an image is ready');
  for (const name of families) entry(colourOf(name), `OSC: ${name}`);
  for (const name of health) entry(colours[name] || colours.known, name.replace('_', ' '));
  if (data.outages.length) entry(`repeating-linear-gradient(-45deg, ${colours.bad} 0 1.5px, transparent 1.5px 4px)`, 'cannot be reached');
}

// -- hands

const placeIn = (canvas, event) => event.clientX - canvas.getBoundingClientRect().left;
plot.addEventListener('pointerdown', (event) => {
  if (event.button || event.pointerType === 'touch') return;
  const x = Math.max(placeIn(plot, event), left);
  select = { from: x, to: x };
  plot.setPointerCapture(event.pointerId);
});
plot.addEventListener('pointermove', (event) => {
  const x = placeIn(plot, event);
  hover = x >= left && x < W ? x : null;
  if (select) select.to = Math.min(Math.max(x, left), W);
  redraw();
});
plot.addEventListener('pointerup', () => {
  const chosen = select;
  select = null;
  if (chosen && Math.abs(chosen.to - chosen.from) > 6) {
    const [from, to] = [chosen.from, chosen.to].sort((a, b) => a - b).map(tOf);
    setView(from, to);
  } else redraw();
});
plot.addEventListener('pointercancel', () => { select = null; redraw(); });
plot.addEventListener('pointerleave', () => { hover = null; redraw(); });
plot.addEventListener('dblclick', () => setView(0, END));
plot.addEventListener('wheel', (event) => {
  const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
  // With the whole set in view, turning back scrolls the page on.
  if (isWhole() && (sideways || event.deltaY > 0)) return;
  event.preventDefault();
  if (sideways) pan((event.deltaX || event.deltaY) / 800);
  else zoom(Math.exp(Math.min(Math.max(event.deltaY, -120), 120) / 320), tOf(Math.max(placeIn(plot, event), left)));
}, { passive: false });

const goTo = (event) => {
  const t = (placeIn(overview, event) / overview.clientWidth) * END, half = (view.to - view.from) / 2;
  setView(t - half, t + half);
};
overview.addEventListener('pointerdown', (event) => { overview.setPointerCapture(event.pointerId); goTo(event); });
overview.addEventListener('pointermove', (event) => { if (event.buttons) goTo(event); });

const deeds = { in: () => zoom(1 / 1.6), out: () => zoom(1.6), all: () => setView(0, END), left: () => pan(-0.2), right: () => pan(0.2) };
tools.addEventListener('click', (event) => { const deed = deeds[event.target.dataset.do]; if (deed) deed(); });
const keys = { '+': 'in', '=': 'in', '-': 'out', '_': 'out', '0': 'all', Home: 'all', ArrowLeft: 'left', ArrowRight: 'right' };
document.addEventListener('keydown', (event) => {
  const deed = keys[event.key], inPlot = document.activeElement === plot;
  if (!deed || event.ctrlKey || event.metaKey || event.altKey || (event.key === 'Home' && !inPlot)) return;
  event.preventDefault();
  deeds[deed]();
});

// `#57-65` in the address shows that part: the times in the tables lead there.
function fromAddress() {
  const part = /^#([\d.]+)-([\d.]+)$/.exec(location.hash);
  if (!part) return;
  setView(Number(part[1]), Number(part[2]));
  $('#timeline').scrollIntoView({ block: 'start' });
}

const refresh = () => { readColours(); keptFor = ''; legend(); redraw(); };
stage.hidden = tools.hidden = false;
refresh();
matchMedia('(prefers-color-scheme: light)').addEventListener('change', refresh);
new ResizeObserver(redraw).observe(stage);
addEventListener('hashchange', fromAddress);
fromAddress();
