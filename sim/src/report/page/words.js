// The words of the songs: lyrics with their refrain, keywords, mood. Each list ascends, and nothing in it overlaps.

const startOf = (span) => span[0];

// The one at a moment.
function spanAt(spans, t) {
  const span = spans[lowerBound(spans, t + 1e-9, startOf) - 1];
  return span && t < span[1] ? span : undefined;
}

// Blocks with their text, cut where they end. With `isMarked`, a bar lies under those.
function drawBlocks(ctx, lane, spans, fillOf, isMarked = () => false) {
  const first = Math.max(0, lowerBound(spans, view.from, startOf) - 1);
  let drawn = -Infinity;
  for (let i = first; i < spans.length && spans[i][0] <= view.to; i++) {
    const [start, end, words] = spans[i], x = xOf(start), to = xOf(end), marked = isMarked(spans[i]);
    // Of many in one pixel one stands for all: a night has 18,000 lines.
    if (!shows(start, end) || to <= drawn) continue;
    const width = Math.max(to - x - 1, 1);
    ctx.fillStyle = fillOf(spans[i], i);
    if (width < 4) ctx.fillRect(x, lane.y, width, lane.height);
    else { box(ctx, x, lane.y, width, lane.height, 4); ctx.fill(); }
    if (marked) { ctx.fillStyle = colours['refrain-bar']; ctx.fillRect(x, lane.y + lane.height - 3, width, 3); }
    ctx.fillStyle = colours.text;
    labelIn(ctx, words, x, to, lane.y + lane.height / 2 - (marked ? 1 : 0));
    drawn = Math.ceil(Math.max(drawn, to));
  }
}

const isRefrain = (span) => span[3] === 1;

function drawLyrics(ctx, lane) {
  drawBlocks(ctx, lane, data.songs.lyrics, (span, i) => (isRefrain(span) ? colours.refrain : i % 2 ? colours.soft : colours.line), isRefrain);
  // Where the words began anew: another song, or a worker that came back.
  ctx.fillStyle = colours.muted;
  for (const t of data.songs.resets) if (shows(t, t)) ctx.fillRect(Math.round(xOf(t)), lane.y - 3, 1, lane.height + 6);
}

const drawKeywords = (ctx, lane) => drawBlocks(ctx, lane, data.songs.keywords, (_, i) => (i % 2 ? colours.soft : colours.line));

function drawMoods(ctx, lane) {
  drawBlocks(ctx, lane, data.songs.moods, (_, i) => (i % 2 ? colours.soft : colours.line));
  for (const [t] of data.songs.images) if (shows(t, t)) picture(ctx, xOf(t), lane.y + lane.height / 2);
}

// A small framed picture: an image was ready.
function picture(ctx, x, y) {
  ctx.fillStyle = colours.panel;
  ctx.fillRect(x - 7, y - 6, 14, 12);
  ctx.strokeStyle = ctx.fillStyle = colours.text;
  ctx.lineWidth = 1.5;
  ctx.strokeRect(x - 6, y - 5, 12, 10);
  ctx.beginPath();
  ctx.moveTo(x - 5, y + 4);
  ctx.lineTo(x - 1, y - 2);
  ctx.lineTo(x + 5, y + 4);
  ctx.fill();
}

// What is told of the words at a moment.
function tellWords(t, item) {
  const { lyrics, keywords, moods, images } = data.songs;
  const line = spanAt(lyrics, t), words = spanAt(keywords, t), mood = spanAt(moods, t);
  if (line) item(isRefrain(line) ? 'refrain' : 'line', line[2], false);
  if (words) item('keywords', words[2], false);
  if (mood) item('mood', mood[2] + (mood[3] ? ` (${mood[3]})` : ''), false);
  const image = images.find(([at]) => Math.abs(xOf(at) - xOf(t)) < 7);
  if (image) item('image', image[1], false);
}
