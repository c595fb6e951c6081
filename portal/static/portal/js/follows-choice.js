// Proposes what goes with the choice in another field of the form, until somebody chooses it: a
// select with `data-follows="country"` has under `data-proposed` what goes with each country, and
// with "" for all others. Without this script what is chosen stays as it is.

for (const select of document.querySelectorAll("[data-follows]")) {
  const proposed = JSON.parse(select.dataset.proposed);
  const leading = select.form.elements[select.dataset.follows];
  const proposal = () => proposed[leading.value] ?? proposed[""];
  let isChosen = select.value !== proposal();
  select.addEventListener("change", () => {
    isChosen = true;
  });
  leading.addEventListener("change", () => {
    if (!isChosen) select.value = proposal();
  });
}
