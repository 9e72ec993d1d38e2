#!/bin/sh
# Makes the samples again (see README.md). Needs ffmpeg, flac and lame.
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -r "$tmp"' EXIT

# burst RATE CHANNELS OUT: 0.5 s of silence, 1 s of tone, 0.5 s of silence; the tone in channel 0 is 440 Hz at 0.5 of full
# scale, in channel 1 1320 Hz at 0.25.
burst() {
    right=""
    if [ "$2" = 2 ]; then right="|if(between(t\,0.5\,1.5)\,0.25*sin(2*PI*1320*(t-0.5))\,0)"; fi
    ffmpeg -v error -y -f lavfi \
        -i "aevalsrc=exprs=if(between(t\,0.5\,1.5)\,0.5*sin(2*PI*440*(t-0.5))\,0)$right:s=$1:d=2" \
        -c:a pcm_s16le -bitexact "$3"
}
burst 11025 1 "$tmp/11k.wav"
burst 22050 1 "$tmp/22k.wav"
burst 44100 2 "$tmp/44k.wav"
burst 48000 2 "$tmp/48k.wav"

flac -s -f -8 -S- --no-padding -o burst.flac "$tmp/11k.wav"
lame --quiet -b 64 --resample 44.1 --tt burst --ta vj "$tmp/44k.wav" burst.mp3
lame --quiet -b 32 -t "$tmp/22k.wav" burst-no-tag.mp3
ffmpeg -v error -y -i "$tmp/48k.wav" -c:a libvorbis -q:a 1 -page_duration 200000 -bitexact burst.ogg
ffmpeg -v error -y -i "$tmp/44k.wav" -c:a aac -b:a 64k -aac_pns 0 -bitexact burst.aac
ffmpeg -v error -y -i "$tmp/44k.wav" -c:a aac -b:a 64k -aac_pns 0 -bitexact -movflags +faststart burst.m4a

# What is refused by name.
ffmpeg -v error -y -t 0.2 -i "$tmp/48k.wav" -c:a libopus -b:a 16k -bitexact refused-opus.ogg
ffmpeg -v error -y -t 0.2 -i "$tmp/11k.wav" -c:a alac -bitexact refused-alac.m4a
ffmpeg -v error -y -t 0.2 -i "$tmp/22k.wav" -c:a mp2 -b:a 32k -bitexact refused.mp2
ffmpeg -v error -y -f lavfi -i color=c=black:s=16x16:d=0.1 -c:v mpeg4 -bitexact refused-film.mp4
