// Watches a billing run or a preview: fetches the part of the page that changes until it is done,
// then loads the whole page, which has the results. Without this script the page has a link.

const PAUSE = 2000; // milliseconds between two looks

const region = document.querySelector("[data-progress-url]");

async function look() {
  const response = await fetch(region.dataset.progressUrl, { credentials: "same-origin" });
  if (!response.ok || response.redirected) {
    return; // signed out, or gone: the link still works
  }
  region.innerHTML = await response.text();
  if (region.querySelector("[data-finished]")) {
    window.location.reload();
    return;
  }
  window.setTimeout(look, PAUSE);
}

if (region && !region.querySelector("[data-finished]")) {
  window.setTimeout(look, PAUSE);
}
