// How pages talk to the server: CSRF, errors, a session that ended, a server that is away.
import htmx from 'htmx.org';
import { all, on, one, text } from './dom.js';
import { toast } from './toasts.js';

window.htmx = htmx;

// 1. Every request carries the token of the present session, which signing in again renews.
const token = () => one('meta[name=csrf-token]')?.content;
document.addEventListener('htmx:config:request', (event) => {
  const { headers } = event.detail.ctx.request;
  if (token()) headers['X-CSRFToken'] = token();
  headers['X-Person'] = one('meta[name=df-user]')?.content || '';
});

// 2. Signing in again in the dialog takes up what was being sent when the session turned out to be over.
let interrupted = [];
document.addEventListener('htmx:response:error', (event) => {
  const { ctx } = event.detail;
  if (ctx.response.status === 401 && !ctx.sourceElement.closest('#df-sign-in')) {
    interrupted.push({ element: ctx.sourceElement, submitter: ctx.request.submitter, event: ctx.sourceEvent });
  }
});
document.addEventListener('signed-in', (event) => {
  one('meta[name=csrf-token]').content = event.detail.token;
  all('input[name=csrf_token]').forEach((input) => { input.value = event.detail.token; });
  one('#df-sign-in')?.close();
  const again = interrupted;
  interrupted = [];
  if (event.detail.reload) return window.location.reload();
  again.forEach(({ element, submitter, event: occurred }) => {
    if (!element.isConnected) return;
    if (element.matches('form')) element.requestSubmit(submitter?.isConnected ? submitter : undefined);
    else htmx.trigger(element, occurred?.type || 'click');
  });
});

// 3. No answer at all: what was typed stays where it is, and the page says so.
document.addEventListener('htmx:error', (event) => {
  if (event.detail.ctx?.sourceElement?.matches('[data-quiet]')) return offline(true);
  if (event.detail.error instanceof TypeError) offline(true);
  toast(text(event.detail.ctx?.request?.signal?.aborted ? 'timeout' : 'unreachable'), 'danger');
});
document.addEventListener('htmx:after:request', () => offline(false));
window.addEventListener('offline', () => offline(true));
window.addEventListener('online', () => offline(false));

function offline(is) {
  const notice = one('#df-offline');
  if (notice) notice.hidden = !is;
}

// 4. Questions before acts are asked in our dialog, in the page's language.
document.addEventListener('htmx:confirm', (event) => {
  const { ctx, issueRequest, dropRequest } = event.detail;
  const dialog = one('#df-confirm');
  if (!ctx.confirm || !dialog) return;
  event.preventDefault();
  one('[data-question]', dialog).textContent = ctx.confirm;
  one('[data-yes]', dialog).textContent = ctx.sourceElement.dataset.confirmYes || ctx.sourceElement.textContent.trim() || text('ok');
  dialog.returnValue = '';
  dialog.addEventListener('close', () => (dialog.returnValue === 'yes' ? issueRequest() : dropRequest()), { once: true });
  dialog.showModal();
});

// 5. While a form is being sent its buttons rest, so that nothing is sent twice.
document.addEventListener('htmx:before:request', (event) => buttons(event, true));
document.addEventListener('htmx:finally:request', (event) => buttons(event, false));
function buttons(event, busy) {
  const form = event.detail.ctx.sourceElement.closest?.('form[hx-post], form[hx-put], form[hx-delete]');
  if (!form || event.detail.ctx.sourceElement !== form) return;
  form.toggleAttribute('aria-busy', busy);
  all('button:not([type=button])', form).forEach((button) => { button.disabled = busy; });
}

// 6. What shows an earlier answer cannot be confirmed while a newer one is on its way. The new content brings its own buttons.
document.addEventListener('htmx:before:request', (event) => {
  const { sourceElement } = event.detail.ctx;
  if (!sourceElement.matches?.('[data-outdates]')) return;
  sourceElement.setAttribute('aria-busy', 'true');
  all('button', sourceElement).forEach((button) => { button.disabled = true; });
});
document.addEventListener('htmx:finally:request', (event) => {
  const { sourceElement, status } = event.detail.ctx;
  if (status === 'swapped' && sourceElement.matches?.('[data-outdates]')) sourceElement.removeAttribute('aria-busy');
});

// 7. A link that changes something is a form in disguise: submit on change where the macro says so.
on('change', '[data-submits]', (event, field) => field.form.requestSubmit());
