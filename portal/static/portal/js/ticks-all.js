// Ticks or clears all checkboxes of a fieldset with the one that has `data-ticks-all`, which shows
// whether all of them are ticked, or some. Without this script that one stays hidden.

for (const all of document.querySelectorAll("[data-ticks-all]")) {
  const each = [...all.closest("fieldset").querySelectorAll("[type=checkbox][name]")];
  const show = () => {
    all.checked = each.every((one) => one.checked);
    all.indeterminate = !all.checked && each.some((one) => one.checked);
  };
  all.closest("label").hidden = false;
  all.closest("fieldset").addEventListener("change", (event) => {
    if (event.target === all) {
      for (const one of each) one.checked = all.checked;
    }
    show();
  });
  window.addEventListener("pageshow", show); // browsers fill in what was ticked before
}
