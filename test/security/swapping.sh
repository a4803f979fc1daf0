# Swaps a folder for a link out of the workspace and back, as fast as it can, until it is ended.
# $1: the workspace, $2: the folder outside.
cd "$1" || exit 1
mkdir -p real
printf own > real/target.txt
printf own > plain.txt
while true; do
  mv -T real swapped 2>/dev/null && ln -sn "$2" real
  rm -f real && mv -T swapped real
  rm -f plain.txt && ln -s "$2/target.txt" plain.txt
  rm -f plain.txt && printf own > plain.txt
done
