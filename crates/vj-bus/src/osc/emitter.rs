//! The way out to the visuals.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;

use rosc::encoder;
use rosc::{OscBundle, OscMessage, OscPacket, OscTime, OscType};
use vj_core::At;
use vj_core::limits::{DATAGRAM_BYTES_MAX, PATTERNS_MAX, SUBSCRIPTIONS_MAX};
use vj_core::playback::{TEXT_BYTES_MAX, cut};
use vj_env::{Clock, Telemetry};

use super::address_book::Osc;
use super::subscription::{Pattern, Subscription};
use crate::launch::TelemetryConfig;
use crate::tape::Tape;

/// "Now" as an OSC time tag. Receivers differ in what they make of any other, so no other is sent.
const IMMEDIATELY: OscTime = OscTime { seconds: 0, fractional: 1 };

/// Encodes messages into a buffer that is used again, and sends them to the fixed targets and to every subscriber.
pub struct Emitter {
    telemetry: Rc<dyn Telemetry>,
    clock: Clock,
    config: RefCell<TelemetryConfig>,
    subscriptions: RefCell<Vec<Subscription>>,
    scratch: RefCell<Scratch>,
    sent: Cell<u64>,
    /// Where the first packets of the process are kept, for whoever could not subscribe in time.
    tape: RefCell<Option<Tape>>,
}

/// Who gets a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audience {
    All,
    Subscribers,
}

struct Scratch {
    message: OscPacket,
    bytes: Vec<u8>,
    /// The messages of the current tick, where they go out in one bundle.
    tick: Vec<OscPacket>,
}

impl Emitter {
    /// An emitter without subscribers.
    #[must_use]
    pub fn new(telemetry: Rc<dyn Telemetry>, clock: Clock, config: TelemetryConfig) -> Self {
        let message = OscPacket::Message(OscMessage { addr: String::new(), args: Vec::new() });
        let scratch = Scratch { message, bytes: Vec::with_capacity(512), tick: Vec::new() };
        Self {
            telemetry,
            clock,
            config: RefCell::new(config),
            subscriptions: RefCell::default(),
            scratch: RefCell::new(scratch),
            sent: Cell::new(0),
            tape: RefCell::default(),
        }
    }

    /// Keeps the first packets on this tape, too.
    pub(crate) fn keep_first_on(&self, tape: &Tape) {
        *self.tape.borrow_mut() = Some(tape.clone());
    }

    /// Sends one message: at once, or with [`end_of_tick`](Self::end_of_tick) where bundles are wanted.
    pub fn emit(&self, osc: &Osc<'_>) {
        self.emit_to(Audience::All, osc);
    }

    /// Sends one message to whoever holds a lease, and not to the fixed targets: for what is true and not for the visuals.
    pub fn emit_to_subscribers(&self, osc: &Osc<'_>) {
        self.emit_to(Audience::Subscribers, osc);
    }

    /// Passes on a packet that somebody else sent, as it came, to whoever holds a lease for one of its messages; never to
    /// one of `not_to`, of which an address that means all of a machine's means each of them.
    pub fn forward(&self, messages: &[OscMessage], packet: &[u8], not_to: &[SocketAddr]) {
        if !self.has_subscribers() {
            return;
        }
        let now = self.clock.now();
        for subscription in &*self.subscriptions.borrow() {
            let is_wanted = messages.iter().any(|message| subscription.wants_address(&message.addr));
            let is_excluded = not_to.iter().any(|not| {
                not.port() == subscription.to.port()
                    && (not.ip() == subscription.to.ip() || not.ip().is_unspecified())
            });
            let is_meant = !is_excluded && !subscription.only_for_visuals;
            if is_wanted && subscription.until > now && is_meant {
                self.telemetry.send(subscription.to, packet);
            }
        }
    }

    fn emit_to(&self, audience: Audience, osc: &Osc<'_>) {
        if audience == Audience::Subscribers && !self.has_subscribers() {
            return;
        }
        self.sent.set(self.sent.get() + 1);
        let mut scratch = self.scratch.borrow_mut();
        let Scratch { message, bytes, tick } = &mut *scratch;
        let OscPacket::Message(inner) = message else {
            unreachable!("the scratch packet is made as a message")
        };
        osc.fill(&mut inner.addr, &mut inner.args);
        if self.config.borrow().ascii {
            transliterate(&mut inner.args);
        }
        shorten(&mut inner.args);
        let (line, _) = osc.entry();
        let config = self.config.borrow();
        let to_subscribers = self.has_subscribers();
        let to_targets = audience == Audience::All;
        let tape = self.tape.borrow();
        let tape = tape.as_ref().filter(|tape| to_targets && tape.is_at_first());
        if config.bundle && to_targets {
            tick.push(OscPacket::Message(inner.clone()));
            if !to_subscribers && tape.is_none() {
                return;
            }
        }
        encode(message, bytes);
        if let Some(tape) = tape {
            tape.note_sent(bytes);
        }
        if !config.bundle && to_targets {
            for target in &config.targets {
                self.telemetry.send(*target, bytes);
            }
        }
        if to_subscribers {
            let OscPacket::Message(inner) = message else { unreachable!("see above") };
            let now = self.clock.now();
            for subscription in &*self.subscriptions.borrow() {
                let is_meant = to_targets || !subscription.only_for_visuals;
                if subscription.until > now && is_meant && subscription.wants(line, &inner.addr) {
                    self.telemetry.send(subscription.to, bytes);
                }
            }
        }
    }

    /// Puts other targets and forms in force, from the next message on.
    pub(crate) fn set_config(&self, config: TelemetryConfig) {
        *self.config.borrow_mut() = config;
    }

    /// Ends a tick: leases that ran out are forgotten, and a bundle goes out.
    pub fn end_of_tick(&self) {
        if self.has_subscribers() {
            let now = self.clock.now();
            self.subscriptions.borrow_mut().retain(|subscription| subscription.until > now);
        }
        let mut scratch = self.scratch.borrow_mut();
        let Scratch { bytes, tick, .. } = &mut *scratch;
        if tick.is_empty() {
            return;
        }
        let bundle = OscPacket::Bundle(OscBundle { timetag: IMMEDIATELY, content: std::mem::take(tick) });
        encode(&bundle, bytes);
        debug_assert!(bytes.len() <= DATAGRAM_BYTES_MAX, "one tick of one worker is a few hundred bytes");
        for target in &self.config.borrow().targets {
            self.telemetry.send(*target, bytes);
        }
        if let OscPacket::Bundle(OscBundle { mut content, .. }) = bundle {
            content.clear();
            *tick = content;
        }
    }

    /// Ticks a second that are wanted.
    #[must_use]
    pub fn rate_hz(&self) -> u32 {
        self.config.borrow().rate_hz
    }

    /// Messages sent so far, each counted once whoever got it.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.get()
    }

    /// Datagrams that the system did not take.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.telemetry.dropped()
    }

    /// A lease for `to`, or a longer or different one; `only_for_visuals`: only of what the fixed targets get, too.
    pub(crate) fn subscribe(
        &self,
        to: SocketAddr,
        patterns: &[String],
        only_for_visuals: bool,
        until: At,
        now: At,
    ) -> Result<(), String> {
        if patterns.is_empty() || patterns.len() > PATTERNS_MAX {
            return Err(format!("'patterns' must name 1 to {PATTERNS_MAX} address patterns"));
        }
        let parsed = patterns.iter().map(|text| Pattern::parse(text)).collect::<Result<Vec<_>, _>>()?;
        let mut subscriptions = self.subscriptions.borrow_mut();
        subscriptions.retain(|old| old.to != to && old.until > now);
        if subscriptions.len() == SUBSCRIPTIONS_MAX {
            return Err(format!("{SUBSCRIPTIONS_MAX} subscriptions are held already, which is the limit"));
        }
        let mut subscription = Subscription::new(to, until, parsed);
        subscription.only_for_visuals = only_for_visuals;
        subscriptions.push(subscription);
        Ok(())
    }

    pub(crate) fn unsubscribe(&self, to: SocketAddr) {
        self.subscriptions.borrow_mut().retain(|subscription| subscription.to != to);
    }

    fn has_subscribers(&self) -> bool {
        !self.subscriptions.borrow().is_empty()
    }
}

/// What has no transliteration is left out: a `?` would look like part of the text.
fn transliterate(args: &mut [OscType]) {
    for arg in args {
        if let OscType::String(text) = arg
            && !text.is_ascii()
        {
            *text = deunicode::deunicode_with_tofu(text, "");
        }
    }
}

/// No texts make a message that a network would drop: together they stay below the limit. The longest are cut, to one length.
fn shorten(args: &mut [OscType]) {
    let texts =
        args.iter().filter_map(|arg| if let OscType::String(text) = arg { Some(text.len()) } else { None });
    let mut lengths: Vec<usize> = texts.collect();
    if lengths.iter().sum::<usize>() <= TEXT_BYTES_MAX {
        return;
    }
    lengths.sort_unstable();
    let (mut left, mut longest) = (TEXT_BYTES_MAX, TEXT_BYTES_MAX);
    for (index, len) in lengths.iter().enumerate() {
        longest = left / (lengths.len() - index);
        if *len > longest {
            break;
        }
        left -= len;
    }
    for arg in args {
        if let OscType::String(text) = arg
            && text.len() > longest
        {
            *text = cut(text, longest).into_owned();
        }
    }
}

fn encode(packet: &OscPacket, bytes: &mut Vec<u8>) {
    bytes.clear();
    encoder::encode_into(packet, bytes).expect("our addresses are valid and writing to memory cannot fail");
}

#[cfg(test)]
mod tests {
    use rosc::decoder::decode_udp;
    use vj_core::limits::TAPE_WANTED_AT_FIRST;

    use super::*;
    use crate::tape::Question;

    #[test]
    fn in_ascii_texts_are_transliterated_and_never_questioned() {
        let mut args = [OscType::String("Sigur Rós – 北京 Ä \u{e000}".to_owned()), OscType::Int(1)];
        transliterate(&mut args);
        assert_eq!(args[0], OscType::String("Sigur Ros - Bei Jing A ".to_owned()));
    }

    #[test]
    fn a_text_never_makes_a_datagram_too_long() {
        let mut args = [OscType::String("京".repeat(600)), OscType::String("short".to_owned())];
        shorten(&mut args);
        assert_eq!(args[0], OscType::String("京".repeat(464) + "…"));
        assert_eq!(args[1], OscType::String("short".to_owned()));
        let mut three = ["artist", "a".repeat(2_000).as_str(), "b".repeat(900).as_str()]
            .map(|text| OscType::String(text.to_owned()));
        shorten(&mut three);
        let lengths = three.map(|arg| arg.string().map_or(0, |text| text.len()));
        assert_eq!(lengths, [6, 697, 697], "no longer than one of them may be alone");
    }

    /// Keeps what was sent.
    #[derive(Default)]
    struct Kept(RefCell<Vec<Vec<u8>>>, RefCell<Vec<SocketAddr>>);

    impl Telemetry for Kept {
        fn send(&self, to: SocketAddr, packet: &[u8]) {
            self.0.borrow_mut().push(packet.to_vec());
            self.1.borrow_mut().push(to);
        }

        fn dropped(&self) -> u64 {
            0
        }

        fn listen(&self, _: SocketAddr) -> std::io::Result<Box<dyn vj_env::Datagrams>> {
            Err(std::io::ErrorKind::Unsupported.into())
        }
    }

    #[test]
    fn what_is_for_subscribers_only_goes_to_no_target_bundled_or_not() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let _inside = runtime.as_ref().unwrap().enter();
        for bundle in [false, true] {
            let clock = Clock::starting_at(At::ZERO, Rc::new(|| vj_env::WallMillis(0)), "test");
            let kept = Rc::<Kept>::default();
            let config = TelemetryConfig { bundle, ..TelemetryConfig::default() };
            let emitter = Emitter::new(kept.clone(), clock, config);
            emitter.emit_to_subscribers(&Osc::DeckBpm(120.0));
            let subscriber = SocketAddr::from(([127, 0, 0, 1], 7));
            emitter
                .subscribe(subscriber, &["/*".to_owned()], false, At::from_millis(1_000), At::ZERO)
                .unwrap();
            emitter.emit_to_subscribers(&Osc::DeckBpm(120.0));
            emitter.end_of_tick();
            assert_eq!(*kept.1.borrow(), [subscriber]);
        }
    }

    #[test]
    fn who_wants_what_the_visuals_get_is_told_nothing_else() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let _inside = runtime.as_ref().unwrap().enter();
        for bundle in [false, true] {
            let clock = Clock::starting_at(At::ZERO, Rc::new(|| vj_env::WallMillis(0)), "test");
            let kept = Rc::<Kept>::default();
            let config = TelemetryConfig { bundle, targets: Vec::new(), ..TelemetryConfig::default() };
            let emitter = Emitter::new(kept.clone(), clock, config);
            let subscriber = SocketAddr::from(([127, 0, 0, 1], 7));
            emitter
                .subscribe(subscriber, &["/*".to_owned()], true, At::from_millis(1_000), At::ZERO)
                .unwrap();
            emitter.emit_to_subscribers(&Osc::DeckBpm(120.0));
            let foreign = OscMessage { addr: "/a".to_owned(), args: Vec::new() };
            emitter.forward(&[foreign], b"/a", &[]);
            assert_eq!(*kept.1.borrow(), [], "neither is for the visuals");
            emitter.emit(&Osc::DeckBpm(120.0));
            assert_eq!(*kept.1.borrow(), [subscriber]);
        }
    }

    #[test]
    fn the_first_packets_of_a_process_stand_on_its_tape() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.unwrap();
        for bundle in [false, true] {
            let sent = runtime.block_on(async {
                let clock = Clock::starting_at(At::ZERO, Rc::new(|| vj_env::WallMillis(0)), "test");
                let (kept, tape) = (Rc::<Kept>::default(), Tape::new(clock.clone()));
                let config = TelemetryConfig { bundle, ..TelemetryConfig::default() };
                let emitter = Emitter::new(kept, clock.clone(), config);
                emitter.keep_first_on(&tape);
                emitter.emit(&Osc::DeckBpm(120.0));
                // Not for the visuals, and so not recorded.
                emitter.emit_to_subscribers(&Osc::DeckBpm(121.0));
                clock.sleep(TAPE_WANTED_AT_FIRST).await;
                emitter.emit(&Osc::DeckBpm(122.0));
                let question = Question::read(&serde_json::Map::new()).unwrap();
                tape.now(1, question)["entries"].as_array().unwrap().clone()
            });
            assert_eq!(sent.len(), 1, "{sent:?}");
            let packet = vj_core::base64::decode(sent[0]["osc"].as_str().unwrap()).unwrap();
            let Ok((_, OscPacket::Message(message))) = decode_udp(&packet) else { panic!("not a message") };
            assert_eq!(message.args, [OscType::Float(120.0)]);
        }
    }

    #[test]
    fn a_bundle_holds_every_message_of_its_tick_and_nothing_of_another() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let _inside = runtime.as_ref().unwrap().enter();
        let clock = Clock::starting_at(At::ZERO, Rc::new(|| vj_env::WallMillis(0)), "test");
        let kept = Rc::<Kept>::default();
        let config = TelemetryConfig { bundle: true, ..TelemetryConfig::default() };
        let emitter = Emitter::new(kept.clone(), clock, config);
        for tick in 0..3 {
            emitter.emit(&Osc::Beat { is_beat: tick == 1, strength: 0.5 });
            emitter.emit(&Osc::Bpm { bpm: 120.0 + tick as f32, confidence: 1.0 });
            emitter.end_of_tick();
        }
        emitter.end_of_tick();
        let sent = kept.0.borrow();
        assert_eq!(sent.len(), 3, "one datagram a tick, none for an empty one");
        for (tick, bytes) in sent.iter().enumerate() {
            let Ok((_, OscPacket::Bundle(bundle))) = decode_udp(bytes) else { panic!("not a bundle") };
            assert_eq!(bundle.timetag, IMMEDIATELY);
            let message = |index: usize| match &bundle.content[index] {
                OscPacket::Message(message) => (message.addr.clone(), message.args.clone()),
                OscPacket::Bundle(_) => panic!("a bundle in a bundle"),
            };
            let beat = vec![rosc::OscType::Int((tick == 1).into()), rosc::OscType::Float(0.5)];
            let bpm = vec![rosc::OscType::Float(120.0 + tick as f32), rosc::OscType::Float(1.0)];
            assert_eq!(bundle.content.len(), 2);
            assert_eq!(message(0), ("/audio/beat".to_owned(), beat));
            assert_eq!(message(1), ("/audio/bpm".to_owned(), bpm));
        }
    }
}
