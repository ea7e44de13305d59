/* Old libraries do such things to the built-in objects: enumerable additions, and names that everybody wants. */
"use strict";

Array.prototype.last = function () { return this[this.length - 1]; };
Object.prototype.extend = function () { return this; };
String.prototype.contains = function (part) { return this.indexOf(part) >= 0; };
Array.from = (list) => [].slice.call(list);
window.h = window.icon = window.texts = window.Panel = window.Conversation = null;
window.$ = () => { throw new Error("not this one"); };
document.addEventListener("keydown", (event) => event.stopPropagation());
document.addEventListener("focusin", (event) => event.stopPropagation());
