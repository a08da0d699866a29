# What the scripts of engines on the JVM share: source it, with `root` set to the repository.
# in:  the script's own arguments: nothing, or --check
# out: the folder "$work", which goes at the end; `settle NAME RELEASE...` turns the files $work/RELEASE into
#      lang/engines/NAME/settings.tenant by facts/NAME.py, or compares it
case ${1:-} in '' | --check) ;; *) echo "usage: $(basename "$0") [--check]" >&2; exit 2 ;; esac
check=${1:-}
work=$(mktemp -d "${TMPDIR:-/tmp}/facts.XXXXXX")
trap 'rm -rf "$work"' EXIT

settle() {
  local name=$1 file=lang/engines/$1/settings.tenant
  shift
  PYTHONDONTWRITEBYTECODE=1 python3 "$root/facts/$name.py" "$work" "$@" >"$work/settings.tenant"
  cd "$root"
  if [ "$check" = --check ]; then
    diff -u "$file" "$work/settings.tenant" || {
      echo "$file is not what the releases say; run facts/$name" >&2
      exit 1
    }
  else
    mkdir -p "$(dirname "$file")"
    cp "$work/settings.tenant" "$file"
  fi
}
