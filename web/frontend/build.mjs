// Bundles src/ into ../static/built with cache-busting names, and writes manifest.json: {"app.js": "app-HASH.js", ...}.
import { build } from 'esbuild';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, '..', 'static', 'built');

// 1. Bundle. Each entry gives one script and one style sheet.
mkdirSync(built, { recursive: true });
const result = await build({
  absWorkingDir: here,
  entryPoints: { app: 'src/app.js', viewer: 'src/viewer.js' },
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

// 2. Name what was written, so that templates never guess a hash.
const manifest = {};
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  const name = basename(path);
  manifest[name.replace(/-[A-Z0-9]{8}(?=\.\w+$)/, '')] = { file: name, bytes: output.bytes };
}
writeFileSync(join(built, 'manifest.json'), JSON.stringify(manifest, null, 1) + '\n');

// 3. Files of earlier builds go only now, so that a running server never points at a missing one for long.
const current = new Set(Object.values(manifest).map((entry) => entry.file).concat('manifest.json', 'inputs.sha256'));
for (const name of readdirSync(built)) if (!current.has(name)) rmSync(join(built, name), { recursive: true });
