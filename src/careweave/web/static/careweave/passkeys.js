// A passkey is asked for only when its button is pressed; its answer is a field of an ordinary form.
export function offerPasskey(form) {
  if (!window.PublicKeyCredential) return;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const token = form.querySelector("input[name=csrfmiddlewaretoken]").value;
    try {
      const asked = await fetch(form.dataset.question, { method: "POST", headers: { "X-CSRFToken": token } });
      const { publicKey } = await asked.json();
      const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
      publicKey.challenge = bytes(publicKey.challenge);
      if (publicKey.user) publicKey.user.id = bytes(publicKey.user.id);
      for (const list of [publicKey.allowCredentials, publicKey.excludeCredentials]) {
        (list || []).forEach((one) => { one.id = bytes(one.id); });
      }
      const made = form.dataset.passkey === "add"
        ? await navigator.credentials.create({ publicKey }) : await navigator.credentials.get({ publicKey });
      form.querySelector("input[name=passkey]").value = JSON.stringify(plainPasskey(made));
    } catch {
      form.querySelector("input[name=passkey]").value = "not given";
    }
    form.submit();
  });
}

function plainPasskey(made) {
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const response = { clientDataJSON: text(made.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[name]) response[name] = text(made.response[name]);
  }
  return { id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} };
}
