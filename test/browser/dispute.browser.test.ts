import { STORIES } from 'opml/dispute/simulation'
import { storyLogs } from './both/storyLogs.ts'
import { inNode } from './page/host.ts'
import { expect, test } from './page/testApi.ts'

test('story: every dispute of the toy machine goes call by call as in Node, and the truth survives', async () => {
  const logs = await storyLogs()
  expect(logs.map(({ name }) => name)).toEqual(STORIES.map(({ name }) => name))
  expect(logs.filter((log) => !log.isTrueClaimAlive)).toEqual([])
  expect(logs).toEqual(await inNode(storyLogs))
})
