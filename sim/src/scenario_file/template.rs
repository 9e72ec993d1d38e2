//! What `cargo xtask sim new` writes: a scenario that runs at once, with a word on each key.

/// The file.
pub const TEMPLATE: &str = r#"# Play it:  cargo xtask sim NAME --seed 1      (--seeds 1..50 for many, --real over real processes)
# Each key is described in docs/WRITE_A_SCENARIO.md.

about = "somebody plays, the lyrics worker dies, the network is slow: no wrong word, and all is well in the end"
drivers = "both"             # both, virtual, real
end_sec = 90.0               # seconds of the show
settle_sec = 15.0            # so long after the last change and fault all must be well

# What must have struck in at least one run of a campaign, or its green says little.
sometimes = ["kill lyrics_fetcher"]

# What must hold.
hold = [
    "no_panic",
    "never_two_of_one",
    "only_victims_end",
    "whole_in_the_end",
    "commands_end_once",
    "visuals_see_what_plays",
    "lyrics_are_sung",
    { property = "no_gap_over", addr = "/audio/levels", sec = 1.6 },
]

[stage]
sound = "drums"              # a tape (drums, silence, day), or a WAV file; brings the audio worker
services = "songs"           # an LRCLIB that knows all songs, and a model; brings the lyrics worker
also = ["test_worker"]       # workers that nothing else brings

[stage.evening]              # Spotify and VirtualDJ, drawn from the seed; brings both monitors
rhythm = "hurry"             # race, hurry, night

[stage.config.lyrics_fetcher]    # settings that differ from the defaults
timing_offset_ms = 0

[[faults]]                   # what breaks at a time of its own
at = 30.0
kind = "kill"
target = "lyrics_fetcher"

[[draw]]                     # what breaks at times that are drawn from the seed
how = "rate"                 # swarm, rate, swizzle
per_min = 3.0
kinds = ["weather", "freeze", "lrclib"]
processes = ["lyrics_fetcher", "virtualdj_monitor"]
"#;
