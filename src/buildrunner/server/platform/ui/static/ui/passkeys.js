// Passkeys (WebAuthn, level 3): a form says what is asked for, the browser answers, the form is sent.

const forms = document.querySelectorAll("form[data-passkey]");

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

// The server speaks base64url where the browser wants bytes.
function decoded({ publicKey }) {
  const options = { ...publicKey, challenge: bytes(publicKey.challenge) };
  if (options.user) options.user = { ...options.user, id: bytes(options.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    if (options[list]) options[list] = options[list].map((one) => ({ ...one, id: bytes(one.id) }));
  }
  return options;
}

function encoded(credential) {
  const { response } = credential;
  const found = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    found.attestationObject = text(response.attestationObject);
    found.transports = response.getTransports?.() ?? [];
  } else {
    found.authenticatorData = text(response.authenticatorData);
    found.signature = text(response.signature);
    if (response.userHandle) found.userHandle = text(response.userHandle);
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: found,
  };
}

async function wanted(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return (await answer.json()).request_options;
}

function words(problem) {
  if (problem.name === "NotAllowedError") return "Nothing was chosen, or it took too long. Try again.";
  if (problem.name === "InvalidStateError") return "This device has a passkey for your account already.";
  if (problem.name === "SecurityError") {
    return "Passkeys belong to another name of this server: open it by the address its operator gave you.";
  }
  return `The browser refused: ${problem.message}`;
}

async function go(form, button) {
  const problem = form.querySelector("[data-passkey-problem]");
  problem.hidden = true;
  button.disabled = true;
  try {
    const publicKey = decoded(await wanted(form));
    const credential =
      form.dataset.passkey === "add"
        ? await navigator.credentials.create({ publicKey })
        : await navigator.credentials.get({ publicKey });
    form.elements.credential.value = JSON.stringify(encoded(credential));
    form.submit();
  } catch (error) {
    problem.textContent = words(error);
    problem.hidden = false;
    button.disabled = false;
  }
}

for (const form of forms) {
  const button = form.querySelector("[data-passkey-go]");
  if (!window.PublicKeyCredential) {
    if (form.dataset.passkey === "add") {
      button.disabled = true;
      const problem = form.querySelector("[data-passkey-problem]");
      problem.textContent = "This browser has no passkeys here: they need HTTPS or http://localhost.";
      problem.hidden = false;
    }
    continue;
  }
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(form, button);
  });
  button.addEventListener("click", () => go(form, button));
}
