"use strict";

// Tables sort by a click on a heading; cells without a value stay at the end.
function makeSortable(table) {
  const headings = [...table.tHead.rows[0].cells];
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.sort === undefined ? cell.textContent.trim() : Number(cell.dataset.sort || NaN);
  };
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const falls = heading.getAttribute("aria-sort") !== "descending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", falls ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows].map((row) => [valueOf(row, column), row]);
      rows.sort(([a], [b]) => {
        if (typeof a === "string") return falls ? b.localeCompare(a) : a.localeCompare(b);
        if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
        return falls ? b - a : a - b;
      });
      table.tBodies[0].append(...rows.map(([, row]) => row));
    });
  });
}

// A row has one video with all of its tiles, which are cut out of one and the same frame: they cannot fall out of step.
// Which frame it is stands in the picture itself, as black and white blocks: clocks of browsers are one frame off at times.
function makePlayable(row) {
  const video = row.querySelector("video");
  const controls = row.querySelector(".controls");
  const [button, slider, words] = controls.children;
  const number = (name) => Number(row.dataset[name]);
  const [frames, fps, tile, columns] = ["frames", "fps", "tile", "columns"].map(number);
  const [bits, block, first] = ["bits", "block", "firstFrame"].map(number);
  const times = row.dataset.times ? row.dataset.times.split(",").map(Number) : Array.from({ length: frames }, (_, k) => k / fps);
  const mean = frames > 1 ? times[frames - 1] / (frames - 1) : 1 / fps;
  const middleOf = (k) => (times[k] + (k + 1 < frames ? times[k + 1] : times[k] + mean)) / 2;
  const stage = document.createElement("canvas");
  const whole = stage.getContext("2d", { willReadFrequently: true });
  const screens = [...row.querySelectorAll("canvas")];
  const marks = [...row.querySelectorAll("line.mark")];
  let wanted = Number(slider.value); // by whoever moves the slider: it does not move by itself meanwhile

  const frameInPicture = () => {
    const line = whole.getImageData(0, stage.height - block / 2, bits * block, 1).data;
    let found = 0;
    for (let bit = 0; bit < bits; bit++) if (line[4 * (bit * block + block / 2)] > 127) found += 2 ** bit;
    return found;
  };
  const show = () => {
    if (!video.videoWidth) return;
    if (stage.width !== video.videoWidth || stage.height !== video.videoHeight) {
      stage.width = video.videoWidth;
      stage.height = video.videoHeight;
    }
    whole.drawImage(video, 0, 0);
    const frame = frameInPicture();
    if (frame >= frames) return;
    for (const screen of screens) {
      const place = Number(screen.dataset.place);
      const [x, y] = [(place % columns) * tile, Math.floor(place / columns) * tile];
      screen.getContext("2d").drawImage(stage, x, y, tile, tile, 0, 0, tile, tile);
    }
    row.classList.add("live");
    row.dataset.frame = frame;
    if (!video.paused) slider.value = frame;
    words.textContent = `frame ${first + frame}`;
    for (const mark of marks) {
      const share = frames > 1 ? frame / (frames - 1) : 0;
      const x = Number(mark.dataset.first) + share * (mark.dataset.last - mark.dataset.first);
      mark.setAttribute("x1", x);
      mark.setAttribute("x2", x);
    }
  };
  const whenShown = (then) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(then);
    else requestAnimationFrame(() => requestAnimationFrame(then));
  };
  const keepShowing = () => {
    show();
    if (!video.paused) whenShown(keepShowing);
  };
  const failed = () => {
    button.disabled = slider.disabled = true;
    words.textContent = "this browser cannot play the clip; the pictures are single frames of it";
  };

  button.addEventListener("click", () => {
    if (!video.paused) return video.pause();
    whenShown(keepShowing);
    video.play().catch(failed);
  });
  video.addEventListener("play", () => { button.textContent = "Pause"; });
  video.addEventListener("pause", () => { button.textContent = "Play"; show(); });
  video.addEventListener("error", failed);
  const seek = () => {
    whenShown(show); // set before the seek, or the picture before it may be shown
    video.addEventListener("seeked", show, { once: true });
    video.currentTime = middleOf(wanted);
  };
  slider.addEventListener("input", () => {
    wanted = Number(slider.value);
    video.pause();
    if (video.readyState) return seek();
    video.addEventListener("loadedmetadata", seek, { once: true });
    video.preload = "auto";
    video.load();
  });
  controls.hidden = false;
}

document.querySelectorAll("table.sortable").forEach(makeSortable);
document.querySelectorAll(".row[data-frames]").forEach(makePlayable);

// On paper everything is open, and the stills take the place of what was playing.
const closed = new Set();
addEventListener("beforeprint", () => {
  document.querySelectorAll("details:not([open])").forEach((one) => { closed.add(one); one.open = true; });
});
addEventListener("afterprint", () => {
  closed.forEach((one) => { one.open = false; });
  closed.clear();
});
