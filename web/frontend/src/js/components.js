// Alpine components for the macros. The CSP build reads names and calls only, so the thinking is done here.
const remembered = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private windows may refuse */ } };

export function register(Alpine) {
  // A part that folds; its state is remembered under data-fold where one is given.
  Alpine.data('fold', () => ({
    open: false,
    init() {
      const { fold, open } = this.$root.dataset;
      this.open = open !== undefined || (fold && remembered(`df-fold-${fold}`) === '1');
    },
    toggle() {
      this.open = !this.open;
      if (this.$root.dataset.fold) remember(`df-fold-${this.$root.dataset.fold}`, this.open ? '1' : '0');
    },
    get closed() { return !this.open; },
    get folded() { return this.open ? '' : 'df-folded'; },
    get expanded() { return String(this.open); },
  }));

  // A menu that closes by Escape, by a click outside, and when focus leaves.
  Alpine.data('menu', () => ({
    open: false,
    toggle() { this.open = !this.open; },
    close() { this.open = false; },
    escape() { if (this.open) { this.open = false; this.$root.querySelector('button')?.focus(); } },
    leave(event) { if (!this.$root.contains(event.relatedTarget)) this.open = false; },
    get expanded() { return String(this.open); },
  }));

  // Tabs of one page: arrow keys move, the address keeps the choice.
  Alpine.data('tabs', () => ({
    current: '',
    init() {
      const asked = window.location.hash.slice(1);
      this.current = this.tab(asked) ? asked : this.$root.dataset.current;
      this.show();
    },
    tab(key) { return this.$root.querySelector(`[role=tab][data-tab="${CSS.escape(key)}"]`); },
    choose(event) {
      this.current = event.target.closest('[data-tab]').dataset.tab;
      window.history.replaceState(window.history.state, '', `#${this.current}`);
      this.show();
      if (this.$root.getBoundingClientRect().top > window.innerHeight / 2) this.$root.scrollIntoView(); // what was chosen comes into view
    },
    step(event) {
      const tabs = [...this.$root.querySelectorAll('[role=tab]')];
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const next = tabs[(tabs.indexOf(event.target) + by + tabs.length) % tabs.length];
      next.focus();
      next.click();
    },
    show() {
      this.$root.querySelectorAll('[role=tab]').forEach((tab) => {
        const is = tab.dataset.tab === this.current;
        tab.setAttribute('aria-selected', String(is));
        tab.tabIndex = is ? 0 : -1;
      });
      this.$root.querySelectorAll('[role=tabpanel]').forEach((panel) => { panel.hidden = panel.dataset.tab !== this.current; });
    },
  }));
}
