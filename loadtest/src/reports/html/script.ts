/**
 * The script of every page: the filter, anchors inside closed details, everything open in print, and the numbers beside the pointer.
 * Without it, the page shows all the same.
 */
export const SCRIPT = `
'use strict'
const all = (selector, within = document) => [...within.querySelectorAll(selector)]
const openAround = (element) => {
  for (let box = element?.closest('details'); box; box = box.parentElement.closest('details')) box.open = true
}
const toHash = () => {
  const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null
  if (!target) return
  openAround(target)
  target.scrollIntoView()
}
addEventListener('hashchange', toHash)
toHash()

for (const field of all('.filter')) {
  const [input, output, section] = [field.querySelector('input'), field.querySelector('output'), field.closest('section')]
  field.hidden = false
  const rows = all('.requests > li', section)
  const texts = rows.map((row) => {
    const pod = row.closest('details').querySelector('summary').textContent
    return (row.closest('.cause').querySelector('h3').textContent + ' ' + pod + ' ' + row.textContent).toLowerCase()
  })
  const apply = () => {
    const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean)
    let shown = 0
    rows.forEach((row, index) => {
      row.hidden = !words.every((word) => texts[index].includes(word))
      if (!row.hidden) shown += 1
    })
    for (const box of [...all('.pod', section), ...all('.cause', section)]) {
      const found = box.querySelector('.requests > li:not([hidden])') !== null
      box.hidden = words.length > 0 && !found
      if (box.matches('details')) box.open = words.length > 0 && found
    }
    output.textContent = words.length === 0 ? '' : shown + ' of ' + rows.length + ' listed requests'
  }
  let waiting
  input.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(apply, 80) })
}

let closed = []
addEventListener('beforeprint', () => {
  closed = all('details:not([open])')
  for (const box of closed) box.open = true
})
addEventListener('afterprint', () => {
  for (const box of closed) box.open = false
  closed = []
})

const runs = JSON.parse(document.getElementById('data').textContent)
const ms = (value) => (value === null ? '–' : value >= 1000 ? (value / 1000).toFixed(1) + ' s' : value.toFixed(value < 10 ? 1 : 0) + ' ms')
for (const figure of all('.timeline')) {
  const run = runs[Number(figure.dataset.run)]
  const [plotted, output] = [figure.querySelector('.plotted'), figure.querySelector('.readout')]
  const over = figure.querySelector('.over')
  const line = over.appendChild(document.createElement('i'))
  line.className = 'pointer'
  line.hidden = true
  plotted.addEventListener('pointermove', (event) => {
    const box = over.getBoundingClientRect()
    const share = (event.clientX - box.left) / box.width
    if (share < 0 || share > 1 || run.dropped.length === 0) return
    const at = run.from + share * (run.to - run.from)
    const index = Math.min(run.dropped.length - 1, Math.max(0, Math.floor((at - run.first) / run.periodSeconds)))
    line.hidden = false
    line.style.left = share * 100 + '%'
    const answers = run.versions.map((version, place) => version + ' ' + Math.round(run.answered[place][index] * 10) / 10 + '/s')
    const parts = [at.toFixed(1) + ' s', ...answers, run.dropped[index] + ' dropped', 'p50 ' + ms(run.p50[index]), 'p99 ' + ms(run.p99[index]), 'max ' + ms(run.max[index])]
    output.textContent = parts.join(' · ')
  })
  plotted.addEventListener('pointerleave', () => { line.hidden = true; output.textContent = '' })
}
`
