
for (const host of document.querySelectorAll(".drawing")) {
  const target = data.targets[Number(host.dataset.target)];
  if (target.groups.length) new Drawing(host, target);
}
new Explorer(document.getElementById("explorer"));
markSections();
foldSections();
addEventListener("hashchange", openNamed);
openNamed();
document.documentElement.dataset.ready = "true";
