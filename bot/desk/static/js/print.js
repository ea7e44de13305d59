// The page for paper: its button prints.
document.querySelector("[data-drukuj]").addEventListener("click", () => window.print());
