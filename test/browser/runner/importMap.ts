import { readFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { init, parse } from 'es-module-lexer'
import { ResolverFactory } from 'oxc-resolver'

/** https://html.spec.whatwg.org/multipage/webappapis.html#import-maps; only the part that is used. */
export interface ImportMap {
  /** By the URL path of the importing package: bare specifier → URL path of the module. */
  readonly scopes: Record<string, Record<string, string>>
}

/** As a page of a browser resolves without a bundler: the ES module of each package, its variant for browsers first. */
const resolver = new ResolverFactory({
  conditionNames: ['browser', 'import', 'default'],
  mainFields: ['module', 'main'],
})

/** Folder of the package that a file belongs to. */
const SCOPE = /^.*(?:\/node_modules\/(?:@[^/]+\/)?[^/]+\/|\/packages\/[^/]+\/)|^\/test\/browser\//

/**
 * The import map with which a browser loads `entries` and all that they import, statically or by a constant `import()`.
 *
 * @param root - absolute path of the folder that is served as `/`.
 * @param entries - absolute paths of modules.
 * @throws {Error} for an import that no browser can load: one of Node's modules, a package that is not there.
 */
export async function importMap(root: string, entries: readonly string[]): Promise<ImportMap> {
  await init
  const urlOf = (file: string): string => `/${relative(root, file)}`
  const scopes: ImportMap['scopes'] = {}
  const waiting = [...entries]
  const seen = new Set(waiting)
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    for (const specifier of importsOf(file)) {
      const { path } = resolver.sync(dirname(file), specifier)
      if (specifier.startsWith('node:') || path === undefined)
        throw new Error(`${urlOf(file)} imports "${specifier}", which a browser cannot load.`)
      if (!specifier.startsWith('.')) {
        const scope = SCOPE.exec(urlOf(file))?.[0] ?? '/'
        scopes[scope] = { ...scopes[scope], [specifier]: urlOf(path) }
      }
      if (seen.has(path)) continue
      seen.add(path)
      waiting.push(path)
    }
  }
  return { scopes }
}

function importsOf(file: string): string[] {
  const [imports] = parse(readFileSync(file, 'utf8'), file)
  return imports.flatMap(({ n }) => (n === undefined ? [] : [n]))
}
