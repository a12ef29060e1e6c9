"use strict";

// Driver and both outputs are tiles of one video, so that they start together and show the same frame always. This page
// cuts them out, allows an answer once all was played in view, and sends it with how it was seen.
(() => {
  const root = document.getElementById("question");
  const data = root.dataset;
  const [tile, margin] = [Number(data.tile), Number(data.margin)];
  const video = root.querySelector("video");
  const [reference, left, right] = root.querySelectorAll("canvas");
  const playButton = document.getElementById("play");
  const choices = root.querySelector(".choices");
  const buttons = [...choices.querySelectorAll("button")];
  const isStill = data.clipKind === "png";
  const STILL_MS = 1500; // how long pictures must be in view
  const MOST_ATTEMPTS = 3; // on a screen on which not all fits, an answer is allowed after so many, and says so
  const NEARLY_ALL = 0.9; // of a canvas in view

  let plays = 0;
  let attempts = 0;
  let inView = false; // throughout one whole playing
  let interrupted = false; // since the present playing began
  let isPlaying = false;
  let enabledAt = null; // ms
  let sending = false;
  let shown = { frames: 0, dropped: 0 };
  let before = { frames: 0, dropped: 0 };

  const say = (text) => { document.getElementById("status").textContent = text; };

  const draw = (picture, place, canvas) => {
    const x = place * (tile + 2 * margin) + margin;
    canvas.getContext("2d").drawImage(picture, x, margin, tile, tile, 0, 0, tile, tile);
  };
  const stage = document.createElement("canvas");
  const drawAll = (picture) => {
    // Once for all tiles: between two drawings of a video a browser may go on to the next frame.
    const [width, height] = [picture.videoWidth || picture.naturalWidth, picture.videoHeight || picture.naturalHeight];
    if (stage.width !== width || stage.height !== height) [stage.width, stage.height] = [width, height];
    stage.getContext("2d").drawImage(picture, 0, 0);
    if (!data.reference) draw(stage, 0, reference);
    draw(stage, Number(data.left), left);
    draw(stage, Number(data.right), right);
  };
  const loadImage = async (address) => {
    const image = new Image();
    image.src = address;
    await image.decode();
    return image;
  };
  const whenShown = (then) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(then);
    else requestAnimationFrame(() => requestAnimationFrame(then));
  };
  const keepDrawing = () => {
    if (video.videoWidth) drawAll(video);
    if (isPlaying) whenShown(keepDrawing);
  };

  // In view: every canvas, and the page in front.
  const ratios = new Map([reference, left, right].map((one) => [one, 0]));
  const isVisible = () => document.visibilityState === "visible" && [...ratios.values()].every((one) => one >= NEARLY_ALL);
  const look = () => { if (isPlaying && !isVisible()) interrupted = true; };
  new IntersectionObserver((entries) => {
    for (const entry of entries) ratios.set(entry.target, entry.intersectionRatio);
    look();
  }, { threshold: [0, 0.5, NEARLY_ALL, 1] }).observe(reference);
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) ratios.set(entry.target, entry.intersectionRatio);
    look();
  }, { threshold: [0, 0.5, NEARLY_ALL, 1] });
  [left, right].forEach((one) => watch.observe(one));
  document.addEventListener("visibilitychange", look);

  const quality = () => {
    const found = video.getVideoPlaybackQuality ? video.getVideoPlaybackQuality() : null;
    return found ? { frames: found.totalVideoFrames, dropped: found.droppedVideoFrames } : { frames: 0, dropped: 0 };
  };

  const begin = () => {
    isPlaying = true;
    interrupted = !isVisible();
    playButton.disabled = true;
    say("");
  };
  const finish = () => {
    isPlaying = false;
    plays += 1;
    attempts += 1;
    playButton.disabled = false;
    playButton.textContent = isStill ? "Look again" : "Play again";
    if (!interrupted) inView = true;
    if (!inView && attempts < MOST_ATTEMPTS) {
      say("Not everything was in view. Please scroll so that all three pictures are, and play again.");
      return;
    }
    if (enabledAt === null) {
      enabledAt = performance.now();
      buttons.forEach((one) => { one.disabled = false; });
      say("Please choose. You may also play again.");
    } else {
      say("Please choose.");
    }
  };
  const play = async () => {
    if (isPlaying || playButton.disabled || sending) return;
    begin();
    if (isStill) {
      setTimeout(finish, STILL_MS);
      return;
    }
    try {
      before = quality();
      video.currentTime = 0;
      whenShown(keepDrawing);
      await video.play();
    } catch (error) {
      isPlaying = false;
      playButton.disabled = false;
      say("The clip did not start. Please press Play again.");
    }
  };
  video.addEventListener("ended", () => {
    drawAll(video);
    const now = quality();
    shown = { frames: now.frames - before.frames, dropped: now.dropped - before.dropped };
    finish();
  });

  const browser = () => {
    const agent = navigator.userAgent;
    const known = [["Edge", /Edg\/(\d+)/], ["Opera", /OPR\/(\d+)/], ["Samsung Internet", /SamsungBrowser\/(\d+)/],
      ["Firefox", /(?:Firefox|FxiOS)\/(\d+)/], ["Chrome", /(?:HeadlessChrome|Chrome|Chromium|CriOS)\/(\d+)/],
      ["Safari", /Version\/(\d+).*Safari/]];
    for (const [name, pattern] of known) {
      const found = agent.match(pattern);
      if (found) return [name, Number(found[1])];
    }
    return ["other", 0];
  };
  const send = async (choice) => {
    if (sending || enabledAt === null) return;
    sending = true;
    const seconds = Math.round(performance.now() - enabledAt) / 1000;
    buttons.forEach((one) => { one.disabled = true; });
    playButton.disabled = true;
    say("Saving …");
    const [name, version] = browser();
    const body = JSON.stringify({
      question: data.question, choice, seconds: Math.min(seconds, 86400), plays, in_view: inView, frames: Math.max(0, shown.frames),
      frames_dropped: Math.max(0, shown.dropped), browser: name, browser_version: version,
    });
    try {
      const answer = await fetch(data.answers, { method: "POST", headers: { "Content-Type": "application/json" }, body });
      if (!answer.ok && answer.status !== 409) throw new Error(String(answer.status));
      location.replace(data.next);
    } catch (error) {
      sending = false;
      buttons.forEach((one) => { one.disabled = false; });
      playButton.disabled = false;
      say("The answer could not be saved. Please choose again; nothing is counted twice.");
    }
  };
  buttons.forEach((one) => one.addEventListener("click", () => send(one.dataset.choice)));
  playButton.addEventListener("click", play);
  const KEYS = { 1: "left", 2: "same", 3: "right", ArrowLeft: "left", ArrowDown: "same", ArrowRight: "right" };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.key === "p" || event.key === "P") play();
    else if (event.key in KEYS && enabledAt !== null) {
      event.preventDefault();
      send(KEYS[event.key]);
    }
  });

  const ready = () => {
    playButton.disabled = false;
    say(isStill ? "Press the button and look at all three pictures." : "Press Play and watch all three pictures.");
  };
  const failed = () => say("This browser cannot show the clips. Please try another browser with the same link.");
  const load = async () => {
    choices.hidden = playButton.hidden = root.querySelector(".keys").hidden = false;
    if (isStill) playButton.textContent = "Look";
    if (data.reference) draw(await loadImage(data.reference), 0, reference);
    if (isStill) {
      drawAll(await loadImage(data.clip));
      ready();
      return;
    }
    video.addEventListener("error", failed);
    video.addEventListener("canplaythrough", ready, { once: true });
    whenShown(keepDrawing);
    video.src = data.clip;
  };
  load().catch(failed);
})();
