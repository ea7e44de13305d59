// Waiting times go on counting between refreshes; words as in presentation.waiting.

function waited(since) {
  const minutes = Math.max(0, Math.floor((Date.now() - since) / 60_000));
  if (minutes < 1) return "poniżej 1 min";
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} godz. ${minutes % 60} min` : `${hours} godz.`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "1 dzień" : `${days} dni`;
}

setInterval(() => {
  for (const element of document.querySelectorAll("time[data-czeka]")) {
    element.textContent = waited(Date.parse(element.dateTime));
  }
}, 15_000);
