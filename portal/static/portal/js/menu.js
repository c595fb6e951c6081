// Escape closes the menu where it opens over the page, and goes back to its button. Without this
// script the button closes it.

document.addEventListener("keydown", (event) => {
  const menu = document.querySelector("details.menu[open]");
  const button = menu?.querySelector("summary");
  if (event.key !== "Escape" || !button?.checkVisibility()) {
    return; // where there is room it is always open
  }
  menu.open = false;
  button.focus();
});
