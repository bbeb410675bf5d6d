// Bundles src/ into ../static/built with cache-busting names, and writes manifest.json: {"app.js": "app-HASH.js", ...}.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, '..', 'static', 'built');

// 1. Bundle. Each entry gives one script and one style sheet.
mkdirSync(built, { recursive: true });
const result = await build({
  absWorkingDir: here,
  entryPoints: { app: 'src/app.js', viewer: 'src/viewer.js', charts: 'src/charts.js' },
  outdir: built,
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['chrome109', 'firefox115', 'safari16'],
  charset: 'utf8',
  legalComments: 'none',
  loader: { '.svg': 'dataurl', '.woff': 'dataurl', '.woff2': 'dataurl' },
  metafile: true,
  logLevel: 'warning',
});

// 2. One sprite of the icons listed in src/icons.json: <svg><use href="…/icons-HASH.svg#name"/></svg>.
const symbols = JSON.parse(readFileSync(join(here, 'src/icons.json'))).map((name) => {
  const drawn = readFileSync(join(here, `node_modules/@tabler/icons/icons/outline/${name}.svg`), 'utf8');
  return `<symbol id="${name}" viewBox="0 0 24 24">${drawn.replace(/<!--[^]*?-->/g, '').replace(/<\/?svg[^>]*>/g, '').trim()}</symbol>`;
});
const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>\n`;
const spriteName = `icons-${createHash('sha256').update(sprite).digest('hex').slice(0, 8).toUpperCase()}.svg`;
writeFileSync(join(built, spriteName), sprite);

// 3. Name what was written, so that templates never guess a hash.
const manifest = { 'icons.svg': { file: spriteName, bytes: sprite.length } };
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  const name = basename(path);
  manifest[name.replace(/-[A-Z0-9]{8}(?=\.\w+$)/, '')] = { file: name, bytes: output.bytes };
}
writeFileSync(join(built, 'manifest.json'), JSON.stringify(manifest, null, 1) + '\n');

// 4. Files of earlier builds go only now, so that a running server never points at a missing one for long.
const current = new Set(Object.values(manifest).map((entry) => entry.file).concat('manifest.json', 'inputs.sha256'));
for (const name of readdirSync(built)) if (!current.has(name)) rmSync(join(built, name), { recursive: true });
