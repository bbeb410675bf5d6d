// The pages' one script: styles, htmx, Alpine and our own behaviour. Everything works on markup the macros write.
import './css/app.css';
import './js/requests.js';
import './js/dialogs.js';
import './js/toasts.js';
import './js/tables.js';
import './js/columns.js';
import './js/keyboard.js';
import './js/selects.js';
import './js/diagrams.js';
import './js/charts.js';
import './js/dates.js';
import './js/forms.js';
import './js/flows.js';
import './js/contacts.js';
import './js/pictures.js';
import './js/desk.js';
import Alpine from '@alpinejs/csp';
import { register } from './js/components.js';

register(Alpine);
window.Alpine = Alpine;
Alpine.start();
