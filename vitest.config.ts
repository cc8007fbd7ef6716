import { defineConfig } from 'vitest/config'

const shared = { retry: 0, testTimeout: 60_000, hookTimeout: 60_000 }
const sources = ['packages/*/src', 'apps/*/src', 'test', 'scripts', 'bench']
const pattern = (suffix: string) => sources.map((dir) => `${dir}/**/*${suffix}`)

export default defineConfig({
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          ...shared,
          name: 'unit',
          include: pattern('.test.ts'),
          exclude: [
            '**/dist/**',
            '**/node_modules/**',
            '**/*.slow.test.ts',
            '**/*.e2e.test.ts',
            '**/*.browser.test.ts', // run by test/browser/runner
          ],
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: 'slow',
          testTimeout: 1_200_000,
          include: pattern('.slow.test.ts'),
          exclude: ['**/dist/**', '**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: 'e2e',
          testTimeout: 600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          include: pattern('.e2e.test.ts'),
          exclude: ['**/dist/**', '**/node_modules/**'],
        },
      },
    ],
  },
})
