// Shows of a form's fields those that go with what is chosen in another one of it: an input with
// `data-shown-for="deployment=online"` while that field has that value. Those that are hidden are
// not sent. Without this script all of them are there, and their hints say what they are for.

const dependent = [...document.querySelectorAll("[data-shown-for]")];

function show() {
  for (const input of dependent) {
    const [name, value] = input.dataset.shownFor.split("=");
    input.disabled = input.form.elements[name].value !== value;
    input.closest(".field").hidden = input.disabled;
  }
}

document.addEventListener("change", show);
window.addEventListener("pageshow", show); // browsers fill in what was chosen before
