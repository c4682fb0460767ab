// Shows the state of an order as it changes. Without scripts the page reloads itself.
const state = document.getElementById("state");
new EventSource(location.pathname + "/events").onmessage = (event) => {
  if (state.innerHTML !== event.data) state.innerHTML = event.data;
};
