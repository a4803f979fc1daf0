import { mkdtempSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HashTree } from '../../src/runtime/seals/hash-tree.ts'
import { emptyRoot, Frontier, leafHash, rootOfPath } from '../../src/runtime/seals/merkle.ts'

/** The leaves and roots of the reference tests of Certificate Transparency. */
const leaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

function newTree(): HashTree {
  return new HashTree(join(mkdtempSync(join(tmpdir(), 'daybook-tree-')), 'tree.bin'), 'write')
}

function treeOf(size: number): HashTree {
  const tree = newTree()
  for (let index = 0; index < size; index += 1) tree.push(leafHash(`leaf ${index}`))
  return tree
}

describe('the tree is the one of RFC 6962', () => {
  test('roots of the reference leaves, as they grow', () => {
    const tree = newTree()
    expect(tree.root() === emptyRoot()).toBe(true)
    expect(Buffer.from(emptyRoot(), 'latin1').toString('hex')).toMatch(/^e3b0c44298fc1c14/u)
    const found = leaves.map((leaf) => {
      tree.push(leafHash(Buffer.from(leaf, 'hex').toString('latin1')))
      return Buffer.from(tree.root(), 'latin1').toString('hex')
    })
    expect(found).toEqual(roots)
  })

  test('every leaf of every tree up to 70 leaves has a path to the root, and to no other', () => {
    const tree = treeOf(70)
    for (let size = 1; size <= 70; size += 1) {
      const root = tree.rootAt(size)
      for (let index = 0; index < size; index += 1) {
        const path = tree.pathOf(index, size)
        const leaf = tree.leaf(index)
        expect(rootOfPath(leaf, { index, size, path }) === root).toBe(true)
        const others = [
          rootOfPath(leafHash('another'), { index, size, path }),
          rootOfPath(leaf, { index: index + 1, size, path }),
          rootOfPath(leaf, { index, size, path: [...path, leaf] }),
          rootOfPath(leaf, { index, size, path: path.slice(0, -1) }),
        ]
        for (const other of size === 1 ? others.slice(0, 3) : others) expect(other === root).toBe(false)
      }
    }
    tree.close()
  })

  test.each([
    ['a negative place', { index: -1, size: 4 }],
    ['a place beyond the end', { index: 4, size: 4 }],
    ['an empty tree', { index: 0, size: 0 }],
    ['half a leaf', { index: 0.5, size: 4 }],
    ['no number', { index: Number.NaN, size: 4 }],
  ])('%s has no path', (_, place) => {
    expect(rootOfPath(leafHash('a'), { ...place, path: [] })).toBeNull()
  })
})

describe('the tree in its file', () => {
  test('any earlier root is there, also after the file was closed', () => {
    const tree = treeOf(300)
    const { path } = tree
    tree.flush()
    tree.close()
    const again = new HashTree(path, 'read')
    const frontier = new Frontier()
    for (let index = 0; index < 300; index += 1) {
      frontier.push(leafHash(`leaf ${index}`))
      expect(again.rootAt(index + 1) === frontier.root()).toBe(true)
    }
    expect(again.size).toBe(300)
    again.close()
  })

  test('a file that breaks off inside a leaf ends with the leaf before', () => {
    for (const lost of [1, 31, 32, 33, 100]) {
      const tree = treeOf(16)
      tree.flush()
      tree.close()
      truncateSync(tree.path, 31 * 32 - lost)
      const again = new HashTree(tree.path, 'write')
      expect(again.size).toBe(15)
      again.push(leafHash('leaf 15'))
      expect(again.root() === treeOf(16).root()).toBe(true)
      again.close()
    }
  })

  test('what is cut off grows again', () => {
    const tree = treeOf(100)
    const root = tree.root()
    for (const size of [99, 64, 63, 1, 0]) {
      tree.truncate(size)
      expect(tree.size).toBe(size)
      for (let index = size; index < 100; index += 1) tree.push(leafHash(`leaf ${index}`))
      expect(tree.root() === root).toBe(true)
    }
    tree.close()
  })
})
