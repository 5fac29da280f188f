// What is said where the server does not answer, or not as it should: htmx alone would say nothing.
(function () {
  "use strict";
  var GONE = "The server does not answer: it was ended, or this machine was asleep. What you typed is still on this page: "
    + "copy what you need of it. Start 'diffusion app' again and open the address that it prints; "
    + "what was running goes on then.";
  var ANEW = "The server does not know this page any more: it was started anew, or the session is gone. What you typed is "
    + "still on it: copy what you need, and open the address that 'diffusion app' printed at its last start.";
  function tell(text) {
    var box = document.getElementById("lost");
    if (box.textContent !== text) { box.textContent = text; }
    box.hidden = !text;
  }
  document.addEventListener("htmx:sendError", function () { tell(GONE); });
  document.addEventListener("htmx:timeout", function () { tell(GONE); });
  document.addEventListener("htmx:responseError", function (event) {
    var status = event.detail.xhr.status;
    if (status === 403) { tell(ANEW); return; }
    var page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    var said = Array.prototype.map.call(page.querySelectorAll("main h1, main p"), function (each) { return each.textContent; });
    if (status === 404) { tell("This is not there any more: it was removed on another page."); return; }
    tell(said.slice(0, -1).join(" ") || "The server answered with an error (" + status + ").");
  });
  document.addEventListener("htmx:afterRequest", function (event) { if (event.detail.successful) { tell(""); } });
})();
