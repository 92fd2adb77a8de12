import SvgIcon, { type SvgIconProps } from '@mui/material/SvgIcon'

// Drawn on a 24 grid with a 1.6 stroke, so that they sit well beside small type.
function line(name: string, path: string) {
  const Icon = (props: SvgIconProps) => (
    <SvgIcon {...props} viewBox="0 0 24 24" sx={{ fontSize: 18, ...props.sx }}>
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />
    </SvgIcon>
  )
  Icon.displayName = name
  return Icon
}

export const UploadIcon = line(
  'UploadIcon',
  'M12 16V4m0 0L7.5 8.5M12 4l4.5 4.5M4 16v3a1.5 1.5 0 0 0 1.5 1.5h13A1.5 1.5 0 0 0 20 19v-3',
)
export const DownloadIcon = line('DownloadIcon', 'M12 4v11m0 0 4-4m-4 4-4-4M5 20h14')
export const DeleteIcon = line('DeleteIcon', 'M5 7h14M10 7V4.5h4V7m-7.5 0 .8 12.5h9.4L17.5 7M10 11v5m4-5v5')
export const CloseIcon = line('CloseIcon', 'M6 6l12 12M18 6 6 18')
export const StopIcon = line('StopIcon', 'M7 7h10v10H7z')
export const SunIcon = line(
  'SunIcon',
  'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.8v2M12 19.2v2M2.8 12h2m14.4 0h2M5.5 5.5l1.4 1.4m10.2 10.2 1.4 1.4m0-13-1.4 1.4M6.9 17.1l-1.4 1.4',
)
export const MoonIcon = line('MoonIcon', 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z')
export const ContrastIcon = line('ContrastIcon', 'M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16M15 6.7v10.6M17.5 9v6')
export const PlusIcon = line('PlusIcon', 'M12 5v14M5 12h14')
export const MinusIcon = line('MinusIcon', 'M5 12h14')
export const HomeIcon = line('HomeIcon', 'M12 5.5v13M5.5 12h13M12 2.8a9.2 9.2 0 1 0 0 18.4 9.2 9.2 0 0 0 0-18.4z')
export const FullscreenIcon = line('FullscreenIcon', 'M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5')
export const ResetIcon = line('ResetIcon', 'M4.5 5v5h5M5 10a7.5 7.5 0 1 1-.4 4.5')
export const SignOutIcon = line('SignOutIcon', 'M14 4H6v16h8M10.5 12H20m0 0-3.5-3.5M20 12l-3.5 3.5')
export const ChevronIcon = line('ChevronIcon', 'M7 10l5 5 5-5')
export const SettingsIcon = line('SettingsIcon', 'M4 7h9m4 0h3M4 17h3m4 0h9M15 4.8v4.4M9 14.8v4.4')
export const VariationsIcon = line(
  'VariationsIcon',
  'M4.5 4.5h6v6h-6zM13.5 4.5h6v6h-6zM4.5 13.5h6v6h-6zM13.5 13.5h6v6h-6z',
)
export const ReuseIcon = line('ReuseIcon', 'M9 14 4.5 9.5 9 5M4.5 9.5H14a5.5 5.5 0 0 1 0 11h-3')
export const CheckIcon = line('CheckIcon', 'M5.5 12.5l4 4 9-9')
export const SphereIcon = line(
  'SphereIcon',
  'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM3.5 12h17M12 3.5c-5 5-5 12 0 17 5-5 5-12 0-17z',
)
export const CameraIcon = line('CameraIcon', 'M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 10.2a3 3 0 1 0 0 6 3 3 0 0 0 0-6z')
export const TurnLeftIcon = line('TurnLeftIcon', 'M8 5.5 4.5 9 8 12.5M4.5 9h9a5.5 5.5 0 0 1 5.5 5.5V19')
export const TurnRightIcon = line('TurnRightIcon', 'M16 5.5 19.5 9 16 12.5M19.5 9h-9A5.5 5.5 0 0 0 5 14.5V19')
