import { useState } from "preact/hooks";
import type { ApiError } from "../api/client.ts";
import { api } from "../api/endpoints.ts";
import { session } from "../api/session.ts";
import { Button } from "../parts/button.tsx";
import { TextField } from "../parts/field.tsx";
import { duration } from "../parts/format.ts";

/** A manager comes with the admin token, a partner with its own key. */
export function SignIn() {
  const [token, setToken] = useState("");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const enter = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!token.trim()) return setError("Enter the admin token, or your partner key.");
    setBusy(true);
    try {
      session.value = await api.signIn(token.trim());
    } catch (failure) {
      setError(words(failure as ApiError));
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <form onSubmit={enter} noValidate>
        <p class="brand">
          <img src="/dashboard/icon.svg" alt="" />
          Clickferry
        </p>
        <h1>Sign in</h1>
        <TextField
          label="Admin token or partner key"
          type="password"
          name="token"
          autocomplete="current-password"
          autoFocus
          value={token}
          onInput={(value) => {
            setToken(value);
            setError(undefined);
          }}
          error={error}
          hint="The token is the collector's ADMIN_TOKEN; npm start prints it. A partner's key was shown when it was made."
        />
        <Button kind="primary" type="submit" busy={busy}>
          Sign in
        </Button>
      </form>
    </main>
  );
}

function words({ status, message, retryAfter }: ApiError): string {
  if (status === 401) return "That is neither the admin token nor a partner's key.";
  if (status === 429 && retryAfter)
    return `Too many tries. Wait ${duration(retryAfter * 1000)}, then try again.`;
  return message;
}
