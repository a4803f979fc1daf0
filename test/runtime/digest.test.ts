import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Digest, HandoffId, SessionId } from '../../src/kernel/words.ts'
import { contentId, digestJson, digestText } from '../../src/runtime/digest.ts'

test('the digest of a text is that of its UTF-8 bytes (FIPS 180-4 examples)', () => {
  expect(digestText('')).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(digestText('abc')).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(digestText('ä')).not.toBe(digestText('a\u0308'))
})

test('equal values have equal digests, whatever the order of their keys', () => {
  expect(digestJson({ b: [1, { d: 'x', c: null }], a: 'ä' })).toBe(
    digestJson({ a: 'ä', b: [1, { c: null, d: 'x' }] }),
  )
  expect(digestJson([1, 2])).not.toBe(digestJson([2, 1]))
  expect(digestJson('1')).not.toBe(digestJson(1))
  fc.assert(fc.property(fc.json(), (json) => Digest.safeParse(digestJson(JSON.parse(json))).success))
})

test('what JSON cannot say has no digest', () => {
  for (const value of [undefined, '\ud800', Number.NaN, 1n]) expect(() => digestJson(value)).toThrow()
})

test('an id from content is the same for the same words, and another for other words or another split', () => {
  expect(contentId('a', 'b')).toBe(contentId('a', 'b'))
  expect(
    new Set([contentId('a', 'b'), contentId('ab'), contentId('a', 'b', ''), contentId('b', 'a')]).size,
  ).toBe(4)
  expect(contentId('handoff', 'x'.repeat(100_000))).toHaveLength(20)
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (parts) => {
      const id = contentId(...parts)
      return HandoffId.safeParse(id).success && SessionId.safeParse(id).success
    }),
  )
})
