import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Tooltip from '@mui/material/Tooltip'
import Typography from '@mui/material/Typography'
import { useEffect, useId, useRef } from 'react'
import { Section } from '../components/Section'
import { CATEGORIES, percent } from './categories'

interface Props {
  shares: number[] | null
  labels: string[][]
  shown: readonly boolean[]
  onShown: ((shown: boolean[]) => void) | null // null where no points are drawn
  levels: (() => readonly number[]) | null
}

/** The six categories: how much of the cloud each is, what was found of it, and whether it stands out. */
export function Legend({ shares, labels, shown, onShown, levels }: Props) {
  const list = useRef<HTMLUListElement>(null)
  const id = useId()
  useMeters(list, levels)
  const all = shown.every(Boolean)
  return (
    <Section
      title="Categories"
      className="legend"
      aside={
        onShown && (
          <Button
            color="inherit"
            disabled={all}
            onClick={() => onShown(shown.map(() => true))}
            sx={{ py: 0.25, minWidth: 0 }}
          >
            Show all
          </Button>
        )
      }
    >
      <Box component="ul" ref={list} sx={{ listStyle: 'none', m: 0, mx: -1, p: 0 }}>
        {CATEGORIES.map((category, index) => (
          <li key={category.name}>
            <Tooltip describeChild placement="left" title={movesOf(category)}>
              <Box
                component="button"
                type="button"
                role="switch"
                disabled={!onShown}
                aria-checked={shown[index]}
                aria-label={category.words}
                aria-describedby={`${id}${index}`}
                onClick={() => onShown?.(shown.map((on, i) => (i === index ? !on : on)))}
                sx={{
                  all: 'unset',
                  boxSizing: 'border-box',
                  width: '100%',
                  display: 'grid',
                  gridTemplateColumns: '12px minmax(0, 1fr) 40px',
                  columnGap: 1.25,
                  alignItems: 'center',
                  px: 1,
                  py: 0.5,
                  borderRadius: 1,
                  cursor: onShown ? 'pointer' : 'default',
                  position: 'relative',
                  '&:hover:enabled': { bgcolor: 'action.hover' },
                  '&[aria-checked=false] > *': { opacity: 0.45 },
                }}
              >
                <Swatch colour={category.colour} on={shown[index]!} />
                <Box sx={{ minWidth: 0 }}>
                  <Typography variant="caption" component="div" noWrap sx={{ fontWeight: 550 }}>
                    {category.words}
                  </Typography>
                  <Typography variant="caption" component="div" noWrap color="textSecondary" sx={{ lineHeight: 1.25 }}>
                    {labels[index]!.join(', ') || category.name}
                  </Typography>
                </Box>
                <Typography variant="caption" className="number" color="textSecondary" sx={{ textAlign: 'right' }}>
                  {shares ? percent(shares[index]!) : ''}
                </Typography>
                <Box
                  component="span"
                  className="meter"
                  aria-hidden
                  sx={{
                    position: 'absolute',
                    left: 8,
                    right: 8,
                    bottom: 0,
                    height: 2,
                    borderRadius: 1,
                    transformOrigin: 'left',
                    visibility: levels ? 'visible' : 'hidden',
                  }}
                  style={{ background: `rgb(${category.colour.join(',')})`, transform: 'scaleX(0)' }}
                />
              </Box>
            </Tooltip>
            {/* What is inside a switch, screen readers leave out. */}
            <span id={`${id}${index}`} hidden>
              {[shares && percent(shares[index]!), ...labels[index]!, movesOf(category)].filter(Boolean).join(', ')}
            </span>
          </li>
        ))}
      </Box>
    </Section>
  )
}

function movesOf({ name, moves }: (typeof CATEGORIES)[number]): string {
  return `${name}, which a sound moves with ${moves}`
}

function Swatch({ colour, on }: { colour: readonly number[]; on: boolean }) {
  const rgb = `rgb(${colour.join(',')})`
  return (
    <Box
      component="span"
      sx={{ width: 12, height: 12, borderRadius: '50%', border: '2px solid' }}
      style={{ borderColor: rgb, background: on ? rgb : 'transparent' }}
    />
  )
}

/** Shows the levels without a word to React, for they change with every picture. */
function useMeters(list: React.RefObject<HTMLUListElement | null>, levels: (() => readonly number[]) | null): void {
  useEffect(() => {
    if (!levels) return
    const meters = [...list.current!.querySelectorAll<HTMLElement>('.meter')]
    let frame = 0
    function draw(): void {
      levels!().forEach((level, i) => {
        meters[i]!.style.transform = `scaleX(${Math.min(1, level).toFixed(3)})`
      })
      frame = requestAnimationFrame(draw)
    }
    draw()
    return () => cancelAnimationFrame(frame)
  }, [list, levels])
}
