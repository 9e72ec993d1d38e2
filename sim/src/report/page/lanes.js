// One function a lane, all on one time axis.

function layOut() {
  const tall = W > 700, all = [];
  let y = 0;
  const lane = (name, height, draw, label, gap = 8, scale = null) => {
    all.push({ name, y, height, draw, label, scale });
    y += height + gap;
  };
  left = tall ? 124 : 80;
  lane('axis', 20, drawAxis, '', 2);
  if (data.faults.length || data.marks.length) lane('faults', 18, () => {}, 'faults', 4);
  if (data.known.tracks.length) lane('tracks', 22, drawTracks, 'track', 6);
  if (data.playing.length) lane('playing', 22, drawPlaying, 'told', 6);
  lane('loudness', tall ? 120 : 90, drawLoudness, 'loudness', 6);
  lane('bands', 7 * (tall ? 15 : 12), drawBands, '', 8, nameBands);
  const known = data.known.structure.length;
  lane('structure', known ? 32 : 20, drawStructure, 'structure');
  lane('beats', 26, drawBeats, 'beats');
  lane('tempo', 76, drawTempo, 'tempo', 8, nameTempi);
  if (data.songs.lyrics.length) lane('lyrics', 24, drawLyrics, 'lyrics', 5);
  if (data.songs.keywords.length) lane('keywords', 20, drawKeywords, 'keywords', 5);
  if (data.songs.moods.length || data.songs.images.length) lane('mood', 20, drawMoods, 'mood');
  if (families.length) lane('osc', 48, drawRates, 'OSC a second', 8, nameRates);
  for (const name of names) lane(name, 26, (ctx, lane) => drawProcess(ctx, lane, data.processes[name]), name, 5);
  lanes = all;
  H = y;
}

function drawAxis(ctx, lane) {
  const steps = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
  const perPixel = (view.to - view.from) / (W - left), step = steps.find((s) => s / perPixel >= 70) || 28800;
  ctx.textAlign = 'center';
  for (let n = Math.ceil(view.from / step); n * step <= view.to; n++) {
    const x = Math.round(xOf(n * step)) + 0.5;
    ctx.fillStyle = colours.line;
    ctx.fillRect(x - 0.5, lane.y + 16, 1, H);
    ctx.fillStyle = colours.muted;
    const label = clock(n * step, step < 0.1 ? 2 : step < 1 ? 1 : 0), half = ctx.measureText(label).width / 2;
    ctx.fillText(label, Math.min(Math.max(x, left + half), W - half), lane.y + 8);
  }
}

function box(ctx, x, y, width, height, radius = 3) {
  ctx.beginPath();
  ctx.roundRect(x, y, Math.max(width, 1), height, Math.min(radius, Math.max(width, 1) / 2));
}

// Text in a box, cut where the box or the view ends.
function labelIn(ctx, words, from, to, y) {
  const start = Math.max(from, left) + 7, room = Math.min(to, W) - start - 5;
  if (room < 24) return;
  ctx.textAlign = 'left';
  let shown = words;
  while (shown.length > 1 && ctx.measureText(shown + (shown === words ? '' : '…')).width > room) shown = shown.slice(0, -1);
  if (shown.length > 2) ctx.fillText(shown === words ? shown : shown + '…', start, y);
}

const drawTracks = (ctx, lane) => drawSongs(ctx, lane, data.known.tracks);

function drawPlaying(ctx, lane) {
  const told = ({ source, artist, title, start, end }) => [`${[artist, title].filter(Boolean).join(' – ')} (${source})`, start, end];
  drawSongs(ctx, lane, data.playing.map(told));
}

function drawSongs(ctx, lane, songs) {
  songs.forEach(([title, start, end], index) => {
    if (!shows(start, end)) return;
    const x = xOf(start), to = xOf(end);
    // Where two tracks overlap, the newer lies on top with an edge of its own.
    box(ctx, x, lane.y, to - x - 1, lane.height, 5);
    ctx.fillStyle = colours.panel;
    ctx.fill();
    ctx.fillStyle = index % 2 ? colours.soft : colours.line;
    ctx.fill();
    ctx.fillStyle = colours.text;
    labelIn(ctx, title, x, to, lane.y + lane.height / 2);
  });
}

function drawLoudness(ctx, lane) {
  const middle = lane.y + lane.height / 2;
  ctx.fillStyle = colours.line;
  ctx.fillRect(left, Math.round(middle), W - left, 1);
  for (let x = left; x < W; x++) {
    const at = levelsBetween(tOf(x), tOf(x + 1));
    if (!at) continue;
    const outer = (at.highest / 254) * (lane.height / 2), inner = (at.means[7] / 254) * (lane.height / 2);
    ctx.fillStyle = balance(at.means);
    ctx.globalAlpha = 0.42;
    ctx.fillRect(x, middle - outer, 1, 2 * outer + 1);
    ctx.globalAlpha = 1;
    ctx.fillRect(x, middle - inner * 0.82, 1, 1.64 * inner + 1);
  }
}

function drawBands(ctx, lane) {
  const row = lane.height / 7;
  ctx.fillStyle = colours.heat[0];
  ctx.fillRect(left, lane.y, W - left, lane.height);
  for (let x = left; x < W; x++) {
    const at = levelsBetween(tOf(x), tOf(x + 1));
    for (let band = 0; at && band < 7; band++) {
      ctx.fillStyle = colours.heat[Math.round(at.means[band])];
      ctx.fillRect(x, lane.y + (6 - band) * row, 1, row - 1);
    }
  }
}

function nameBands(ctx, lane) {
  BANDS.forEach((name, band) => ctx.fillText(name, left - 10, lane.y + ((6.5 - band) * lane.height) / 7));
}

function drawStructure(ctx, lane) {
  for (const { type, start, end } of data.structure) {
    if (!shows(start, end)) continue;
    const x = xOf(start), to = xOf(end);
    box(ctx, x, lane.y, to - x, 20, 4);
    ctx.fillStyle = colours[type];
    ctx.fill();
    ctx.fillStyle = colours.panel;
    ctx.font = bold;
    labelIn(ctx, type === 'drop' ? 'drop' : 'build-up', x, to, lane.y + 10);
    ctx.font = plain;
  }
  for (const [type, start, end] of data.known.structure) {
    if (!shows(start, end)) continue;
    const x = xOf(start), to = xOf(end);
    ctx.fillStyle = colours[type] || colours.known;
    ctx.fillRect(x, lane.y + 29, Math.max(to - x - 1, 1), 2);
    ctx.fillRect(x, lane.y + 24, 1, 7);
  }
}

function drawBeats(ctx, lane) {
  const first = lowerBound(data.beats, view.from), last = lowerBound(data.beats, view.to), perBeat = (W - left) / (last - first || 1);
  const bottom = lane.y + lane.height;
  if (perBeat < 2) {
    // Too many to tell apart: how dense they are.
    const step = 3, most = Math.max(1, (step * (view.to - view.from) * 3.2) / (W - left));
    for (let x = left; x < W; x += step) {
      const count = lowerBound(data.beats, tOf(x + step)) - lowerBound(data.beats, tOf(x));
      ctx.fillStyle = colours.text;
      ctx.globalAlpha = 0.75;
      const height = Math.min(1, count / most) * lane.height;
      ctx.fillRect(x, bottom - height, step - 1, height);
    }
  } else {
    ctx.fillStyle = colours.muted;
    ctx.globalAlpha = Math.min(1, perBeat / 8);
    for (let i = first; i < last; i++) ctx.fillRect(Math.round(xOf(data.beats[i])), bottom - lane.height * 0.55, 1, lane.height * 0.55);
  }
  ctx.globalAlpha = 1;
  ctx.fillStyle = colours.accent;
  const bar = lowerBound(data.downbeats, view.from), bars = lowerBound(data.downbeats, view.to) - bar;
  if ((W - left) / (bars || 1) < 4) return;
  const wide = perBeat > 20 ? 2 : 1;
  for (let i = bar; i < bar + bars; i++) ctx.fillRect(Math.round(xOf(data.downbeats[i])), lane.y, wide, lane.height);
}

// The tempi in view and the height of each; null if none was told.
function tempoScale(lane) {
  const time = (point) => point[0], all = data.tempo, known = data.known.tempo;
  const first = Math.max(0, lowerBound(all, view.from, time) - 1), last = Math.min(all.length, lowerBound(all, view.to, time) + 1);
  const ofScore = known.filter(([t], i) => t <= view.to && (!known[i + 1] || known[i + 1][0] >= view.from));
  const values = all.slice(first, last).concat(ofScore).map((point) => point[1]);
  if (!values.length) return null;
  const low = Math.min(...values), high = Math.max(...values), middle = (low + high) / 2, half = Math.max((high - low) / 2, 6) * 1.15;
  const step = [2, 5, 10, 20, 50, 100].find((s) => (s / (2 * half)) * lane.height >= 20) || 200, lines = [];
  for (let bpm = Math.ceil((middle - half) / step) * step; bpm <= middle + half; bpm += step) lines.push(bpm);
  return { first, last, lines, yOf: (bpm) => lane.y + lane.height * (0.5 - (bpm - middle) / (2 * half)) };
}

function nameTempi(ctx, lane) {
  const scale = tempoScale(lane);
  for (const bpm of scale ? scale.lines : []) {
    ctx.fillText(bpm, left - 10, Math.min(Math.max(scale.yOf(bpm), lane.y + 5), lane.y + lane.height - 5));
  }
}

function drawTempo(ctx, lane) {
  const scale = tempoScale(lane), all = data.tempo, known = data.known.tempo;
  if (!scale) return;
  const { first, last, lines, yOf } = scale;
  ctx.fillStyle = colours.line;
  for (const bpm of lines) ctx.fillRect(left, Math.round(yOf(bpm)), W - left, 1);
  ctx.lineWidth = 1;
  ctx.strokeStyle = colours.known;
  ctx.setLineDash([4, 4]);
  ctx.beginPath();
  known.forEach(([t, bpm], i) => {
    ctx.moveTo(xOf(t), yOf(bpm));
    ctx.lineTo(xOf(known[i + 1] ? known[i + 1][0] : END), yOf(bpm));
  });
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.lineWidth = 2;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = colours.tempo;
  ctx.beginPath();
  for (let i = first; i < last; i++) {
    const [t, bpm] = all[i];
    // A tempo is told each second: without news it is not known.
    if (i === first || t - all[i - 1][0] > 2.5) ctx.moveTo(xOf(t) - 1, yOf(bpm));
    ctx.lineTo(xOf(t) + 1, yOf(bpm));
  }
  ctx.stroke();
}

function drawProcess(ctx, lane, process) {
  const y = lane.y + 6, height = lane.height - 12, name = lane.name;
  ctx.fillStyle = colours.line;
  ctx.fillRect(left, Math.round(y + height / 2), W - left, 1);
  const span = (from, to, colour) => {
    if (!shows(from, to)) return;
    ctx.fillStyle = colour;
    ctx.fillRect(xOf(from), y, Math.max(xOf(to) - xOf(from), 1), height);
  };
  for (const life of process.lives) {
    if (life.refused) continue;
    const end = life.end === null ? END : life.end;
    if (!process.health.length) span(life.start, end, colours.manager);
    for (const { health, start, end: until } of process.health) {
      const from = Math.max(start, life.start), to = Math.min(until, end);
      if (to > from) span(from, to, colours[health] || colours.known);
    }
  }
  const outages = data.outages.filter((outage) => outage.process === name);
  outages.forEach((outage, index) => {
    const end = outage.end === null ? END : outage.end;
    if (!shows(outage.start, end)) return;
    const x = xOf(outage.start), width = Math.max(xOf(end) - x, 2), middle = y + height / 2;
    hatch(ctx, x, y, width, height, colours.bad);
    const words = outage.recovery_sec === null ? 'never came back' : long(outage.recovery_sec), room = ctx.measureText(words).width + 32;
    const next = outages[index + 1] ? xOf(outages[index + 1].start) - 10 : W;
    if (x + width + room < next) pill(ctx, words, x + width + 11, middle, colours.bad);
    else if (outages.length === 1 && x - room > left) pill(ctx, words, x - room + 8, middle, colours.bad);
  });
  // Signs that would hide each other are left out: the hatching is there in any case.
  let free = -Infinity;
  for (const [index, life] of process.lives.entries()) {
    const end = life.end === null ? END : life.end, x = xOf(end);
    if (life.refused) continue;
    if (index && xOf(life.start) >= free - 5) triangle(ctx, xOf(life.start), y + height / 2);
    if (life.end === null || !shows(end, end)) continue;
    if (life.how === 'exit code 0') {
      ctx.fillStyle = colours.text;
      ctx.fillRect(x - 2, y - 1, 2, height + 2);
    } else if (x >= free) {
      cross(ctx, x, y + height / 2);
      free = x + 16;
    }
  }
}

function hatch(ctx, x, y, width, height, colour) {
  ctx.save();
  box(ctx, x, y, width, height, 0);
  ctx.fillStyle = colours.panel;
  ctx.fill();
  ctx.clip();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  for (let at = x - height; at < x + width; at += 5) { ctx.moveTo(at, y + height); ctx.lineTo(at + height, y); }
  ctx.stroke();
  ctx.restore();
}

function pill(ctx, words, x, y, colour) {
  const width = ctx.measureText(words).width + 10;
  box(ctx, x, y - 8, width, 16, 8);
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.fillStyle = colours.panel;
  ctx.textAlign = 'left';
  ctx.fillText(words, x + 5, y + 0.5);
  return width;
}

function cross(ctx, x, y) {
  ctx.beginPath();
  ctx.arc(x, y, 7.5, 0, 7);
  ctx.fillStyle = colours.panel;
  ctx.fill();
  ctx.lineWidth = 2.5;
  ctx.strokeStyle = colours.bad;
  ctx.beginPath();
  for (const slope of [1, -1]) { ctx.moveTo(x - 4, y - 4 * slope); ctx.lineTo(x + 4, y + 4 * slope); }
  ctx.stroke();
}

function triangle(ctx, x, y) {
  ctx.fillStyle = colours.text;
  ctx.beginPath();
  ctx.moveTo(x, y - 5);
  ctx.lineTo(x + 7, y);
  ctx.lineTo(x, y + 5);
  ctx.fill();
}

// Faults strike through all lanes; their names, and those of marks, stand where there is room.
function drawFaults(ctx) {
  const lane = lanes.find((lane) => lane.name === 'faults'), taken = [];
  const room = (words, x) => {
    const width = ctx.measureText(words).width + 10, from = Math.min(Math.max(x - width / 2, left), W - width);
    if (taken.some((other) => from < other.to + 4 && other.from < from + width + 4)) return null;
    taken.push({ from, to: from + width });
    return from;
  };
  const inView = data.faults.filter(({ t }) => shows(t, t));
  for (const { t, kind, target } of inView) {
    const x = Math.round(xOf(t)), words = `${kind} ${target}`, at = room(words, x);
    ctx.strokeStyle = ctx.fillStyle = colours.fault;
    ctx.lineWidth = 1;
    ctx.globalAlpha = Math.min(1, Math.max(0.3, 8 / inView.length));
    ctx.setLineDash([5, 3]);
    ctx.beginPath();
    ctx.moveTo(x + 0.5, lane.y + 16);
    ctx.lineTo(x + 0.5, H);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.globalAlpha = 1;
    ctx.beginPath();
    ctx.arc(x + 0.5, lane.y + 16, 2.5, 0, 7);
    ctx.fill();
    if (at !== null) pill(ctx, words, at, lane.y + 8, colours.fault);
  }
  for (const { t, name } of data.marks) {
    if (!shows(t, t)) continue;
    const x = Math.round(xOf(t)), at = room(name, x);
    ctx.fillStyle = colours.muted;
    ctx.fillRect(x, lane.y + (at === null ? 2 : 15), 1, at === null ? 16 : 4);
    ctx.textAlign = 'left';
    if (at !== null) ctx.fillText(name, at + 5, lane.y + 8);
  }
}
