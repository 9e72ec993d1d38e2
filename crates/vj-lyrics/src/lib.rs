//! What can be known of a song by its words.
//!
//! - **Pure.** Bytes and values in, values out: no I/O, no clock, no chance. Who fetches lyrics and asks a model is
//!   `vj-workers`.
//! - **Careful.** All of it comes from strangers. No input panics, everything has a limit ([`limits`]), a wrong song
//!   is never chosen, and a model is never believed.
//! - **At once.** Everything but the model's part is there within milliseconds, so that visuals never wait for it.
//!
//! ```
//! use vj_lyrics::lrc::Lyrics;
//! use vj_lyrics::refrain::Refrain;
//! use vj_lyrics::timeline::Follower;
//!
//! let text = "[00:10.00] Seven years, seven doors\n[00:12.00] Dusty maps and foreign shores\n[00:14.00]\n\
//!     [00:15.00] Burn it down, burn it all\n[00:17.00] Let it go, let it fall\n[00:19.00] Nothing here was ours at all\n[00:21.00]\n\
//!     [00:22.00] Eleven weeks without a word\n[00:24.00] The only letter was a bird\n[00:26.00]\n\
//!     [00:27.00] Burn it down, burn it all\n[00:29.00] Let it go (oh), let it fall\n[00:31.00] Nothing here was ours at all";
//! let lyrics = Lyrics::parse(text).expect("these are lyrics");
//! let refrain = Refrain::find(&lyrics.texts()).expect("it has a refrain");
//! assert_eq!(refrain.lines, [3, 4, 5, 10, 11, 12]);
//!
//! let mut follower = Follower::new(lyrics.synced_lines().expect("they have times"), 0);
//! let place = follower.follow(11.5, true, false);
//! assert_eq!((place.active, place.next_in_sec), (0, Some(0.5)));
//! ```
//!
//! | module | what it does | source |
//! |---|---|---|
//! | [`lrc`] | lyrics with and without times, read and written | LRC as found in LRCLIB; enhanced LRC (A2) |
//! | [`timeline`] | the active line, and when the next is due | |
//! | [`matching`] | whose lyrics LRCLIB offers, and which are the song's | LRCLIB's own normalisation, made stricter |
//! | [`song`] | under which key a song is kept | |
//! | [`refrain`] | the refrain, by what comes back | self-similarity: Foote, ACM Multimedia 1999 |
//! | [`keywords`] | what lines and the song speak of | |
//! | [`categories`] | what the song is like | |
//! | [`analysis`] | what a language model is asked, and how its answer is read | Ollama's and OpenAI's APIs |
//! | [`words`] | comparison, language, stop words | NFKD (UAX 15); trigrams (whatlang) |

pub mod analysis;
pub mod categories;
pub mod keywords;
pub mod limits;
pub mod lrc;
pub mod matching;
pub mod refrain;
pub mod song;
pub mod timeline;
pub mod words;
