// What the catalogue does beyond being read: search, and copying a policy. Every page reads without it. It makes elements
// and sets their text; it never makes markup of text, so that no name of a server or tool can be anything but a name.
'use strict';
(() => {
  const script = document.currentScript;
  const root = script.dataset.root;

  // --- Copying -------------------------------------------------------------------------------------------------------
  const copyText = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const field = document.createElement('textarea');
      field.value = text;
      field.className = 'visually-hidden';
      document.body.append(field);
      field.select();
      const done = document.execCommand('copy');
      field.remove();
      return done;
    }
  };
  for (const button of document.querySelectorAll('button[data-copy]')) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener('click', async () => {
      const done = await copyText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = done ? 'Copied' : 'Not copied';
      button.focus();
      setTimeout(() => { button.textContent = label; }, 1600);
    });
  }

  // --- Search --------------------------------------------------------------------------------------------------------
  const box = document.getElementById('search');
  if (!box) return;
  const input = box.querySelector('input');
  const results = document.getElementById('search-results');
  const status = document.getElementById('search-status');
  const list = document.createElement('ul');
  results.append(list);
  box.hidden = false;
  const most = 40;
  const classes = {R: 'Read', W: 'Write', X: 'Execute', D: 'Destructive', F: 'Financial'};

  // The index is a script of its own, since pages that are opened as files may fetch nothing else; it is read when it is
  // first needed. An entry of the catalogue: [slug, name, what it calls itself, tools], the tools a line each: class,
  // name, and a tab and the slug if that differs.
  let entries = null, loading = false;
  const build = () => {
    entries = [];
    for (const [slug, name, full, tools] of window.catalogueIndex) {
      const lines = tools ? tools.split('\n') : [];
      const about = ' ' + (name + ' ' + full).toLowerCase();
      entries.push({text: about, key: name.toLowerCase(), name, of: lines.length === 1 ? '1 tool' : lines.length + ' tools', path: 'servers/' + slug + '/index.html', server: true});
      for (const line of lines) {
        const [tool, own] = line.slice(1).split('\t');
        const key = tool.toLowerCase();
        entries.push({text: key + about, key, name: tool, of: name, kind: classes[line[0]], path: 'tools/' + slug + '/' + (own || tool) + '.html'});
      }
    }
  };
  const load = () => {
    if (entries || loading) return;
    loading = true;
    const index = document.createElement('script');
    index.src = root + 'assets/search-index.js';
    index.onload = () => { build(); show(); };
    index.onerror = () => { status.textContent = 'The index of the search cannot be read.'; };
    document.head.append(index);
  };

  // Lower is better; -1: not found. Every word must occur; where the whole query stands in the name says how well.
  const rank = (entry, words, query) => {
    for (const word of words) if (!entry.text.includes(word)) return -1;
    const at = entry.key.indexOf(query);
    const place = entry.key === query ? 0 : at === 0 ? 1 : at > 0 && /[^a-z0-9]/.test(entry.key[at - 1]) ? 2 : at > 0 ? 3 : entry.key.includes(words[0]) ? 4 : 5;
    return place * 2 + (entry.server ? 0 : 1);
  };
  const find = (query) => {
    const words = query.split(/\s+/);
    const places = [];
    for (let i = 0; i < 12; i++) places.push([]);
    let count = 0;
    for (const entry of entries) {
      const place = rank(entry, words, query);
      if (place < 0) continue;
      count++;
      if (places[place].length < most) places[place].push(entry);
    }
    return [places.flat().slice(0, most), count];
  };
  const row = (entry) => {
    const link = document.createElement('a'), name = document.createElement('span'), kind = document.createElement('span'), of = document.createElement('span');
    link.href = root + entry.path.split('/').map(encodeURIComponent).join('/');
    name.textContent = entry.name;
    if (!entry.server) name.className = 'mono';
    kind.textContent = entry.server ? 'Server' : entry.kind;
    if (entry.kind) kind.className = 'badge ' + entry.kind.toLowerCase();
    else kind.className = 'of';
    of.textContent = entry.of;
    of.className = 'of';
    link.append(name, kind, of);
    const item = document.createElement('li');
    item.append(link);
    return item;
  };
  const show = () => {
    const query = input.value.trim().toLowerCase();
    results.hidden = query === '';
    if (query === '') return list.replaceChildren();
    if (!entries) return load();
    const [found, count] = find(query);
    status.textContent = count === 0 ? 'Nothing found.' : count === 1 ? '1 result' : count > found.length ? found.length + ' of ' + count + ' results' : count + ' results';
    list.replaceChildren(...found.map(row));
  };
  input.addEventListener('focus', load);
  input.addEventListener('input', show);

  // --- Keys ----------------------------------------------------------------------------------------------------------
  const links = () => [...list.querySelectorAll('a')];
  const close = () => { results.hidden = true; };
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest('input, textarea, [contenteditable]');
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
      input.select();
    }
  });
  box.addEventListener('keydown', (event) => {
    const all = links(), at = all.indexOf(document.activeElement);
    if (event.key === 'Escape') {
      close();
      input.focus();
    } else if (event.key === 'ArrowDown' && all.length > 0) {
      event.preventDefault();
      all[Math.min(at + 1, all.length - 1)].focus();
    } else if (event.key === 'ArrowUp' && at >= 0) {
      event.preventDefault();
      if (at === 0) input.focus();
      else all[at - 1].focus();
    } else if (event.key === 'Enter' && event.target === input && all.length > 0) {
      event.preventDefault();
      all[0].click();
    }
  });
  box.addEventListener('focusin', () => { if (input.value.trim() !== '') results.hidden = false; });
  document.addEventListener('click', (event) => { if (!box.contains(event.target)) close(); });
})();
