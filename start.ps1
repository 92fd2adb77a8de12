# Sets Lucida up in .venv and serves it on http://127.0.0.1:8000. `.\start.ps1 --help` says what can be chosen.
# If scripts are not allowed here: powershell -ExecutionPolicy Bypass -File start.ps1
$ErrorActionPreference = 'Stop'

$candidates = @(
    @{ Program = (Join-Path $PSScriptRoot '.venv\Scripts\python.exe'); Options = @() }
    @{ Program = 'py'; Options = @('-3') }
    @{ Program = 'python'; Options = @() }
    @{ Program = 'python3'; Options = @() }
)
if ($env:LUCIDA_PYTHON) {
    $candidates = @(@{ Program = $env:LUCIDA_PYTHON; Options = @() }) + $candidates
}

foreach ($candidate in $candidates) {
    $program = $candidate.Program
    $options = $candidate.Options
    if (-not (Get-Command $program -ErrorAction SilentlyContinue)) { continue }
    # The python of the Microsoft Store's placeholder is there, but only complains.
    try { & $program @options -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>$null } catch { continue }
    if ($LASTEXITCODE -ne 0) { continue }
    & $program @options (Join-Path $PSScriptRoot 'start.py') @args
    exit $LASTEXITCODE
}

[Console]::Error.WriteLine('Lucida needs Python 3.11 or newer: install it (https://www.python.org/downloads/), or name it in LUCIDA_PYTHON, and start again.')
exit 1
