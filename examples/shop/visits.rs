//! What customers do: come, look around, fill a cart, pay, go.

use super::Log;
use super::draw::{Draw, euros};

/// Visits of the day.
pub(super) const N_VISITS: u64 = 190;
/// Orders are numbered from here on, in the order of visits.
pub(super) const FIRST_ORDER: u64 = 104_000;
/// Payments are numbered from here on, in the order of visits.
pub(super) const FIRST_PAYMENT: u64 = 86_000;

const CATEGORIES: [&str; 6] = ["garden", "kitchen", "lamps", "toys", "tools", "books"];
const WORDS: [&str; 8] =
    ["garden hose", "lamp", "red chair", "drill", "picture book", "wooden train", "kettle", "gloves"];

/// Writes all visits of the day.
pub(super) fn write(log: &mut Log, draw: &mut Draw) {
    let mut arrivals: Vec<u64> = (0..N_VISITS).map(|_| draw.busy_second()).collect();
    arrivals.sort_unstable();
    for (number, began) in (0..).zip(arrivals) {
        let mut visit = Visit::new(number, began, draw);
        visit.arrive(log, draw);
        visit.look_around(log, draw);
        if draw.chance(60) {
            visit.fill_cart(log, draw);
            if draw.chance(75) {
                visit.check_out(log, draw);
            }
        }
        visit.leave(log, draw);
    }
}

/// One customer in the shop.
struct Visit {
    number: u64,
    user: u64,
    began: u64,
    now: u64,
    items: u64,
    cents: u64,
}

impl Visit {
    fn new(number: u64, began: u64, draw: &mut Draw) -> Self {
        Self { number, user: draw.between(1_001, 4_999), began, now: began, items: 0, cents: 0 }
    }

    /// Writes a line after a pause of up to `pause` seconds.
    fn then(&mut self, pause: u64, log: &mut Log, draw: &mut Draw, level: &str, message: &str) {
        self.now += draw.between(u64::from(pause > 0), pause);
        log.line(self.now, level, message);
    }

    fn arrive(&mut self, log: &mut Log, draw: &mut Draw) {
        let user = self.user;
        let address = format!("10.20.{}.{}", draw.between(1, 30), draw.between(2, 250));
        if draw.chance(6) {
            let message = format!("Wrong password for user {user} from {address}, attempt 1");
            self.then(3, log, draw, "WARN", &message);
            if draw.chance(25) {
                let message = format!("Mail password-reset queued for user {user}");
                self.then(20, log, draw, "INFO", &message);
            }
        }
        let message = format!("User {user} logged in from {address}");
        self.then(9, log, draw, "INFO", &message);
        if draw.chance(4) {
            let message = format!("User {user} changed the delivery address");
            self.then(60, log, draw, "INFO", &message);
        }
    }

    fn look_around(&mut self, log: &mut Log, draw: &mut Draw) {
        for _ in 0..draw.between(2, 5) {
            match draw.between(1, 100) {
                1..=55 => self.open_product(log, draw),
                56..=72 => {
                    let (name, ms) = (draw.pick(&CATEGORIES), draw.mostly_low(15, 190));
                    self.then(40, log, draw, "INFO", &format!("GET /categories/{name} 200 in {ms} ms"));
                }
                73..=90 => {
                    let (words, n, ms) = (draw.pick(&WORDS), draw.between(2, 80), draw.mostly_low(9, 120));
                    self.then(
                        40,
                        log,
                        draw,
                        "INFO",
                        &format!("Search for '{words}' found {n} products in {ms} ms"),
                    );
                }
                91..=94 => {
                    let (product, ms) = (draw.between(7_000, 7_999), draw.between(3, 12));
                    self.then(40, log, draw, "WARN", &format!("GET /products/{product} 404 in {ms} ms"));
                }
                _ => {
                    let (user, product) = (self.user, draw.between(100, 980));
                    let message = format!("User {user} put product {product} on the wish list");
                    self.then(40, log, draw, "INFO", &message);
                }
            }
        }
        if draw.chance(5) {
            let (user, stars) = (self.user, draw.between(3, 5));
            let message = format!("User {user} wrote a review: {stars} of 5 stars");
            self.then(90, log, draw, "INFO", &message);
        }
    }

    fn open_product(&mut self, log: &mut Log, draw: &mut Draw) {
        let (product, ms) = (draw.between(100, 980), draw.mostly_low(12, 240));
        self.then(45, log, draw, "INFO", &format!("GET /products/{product} 200 in {ms} ms"));
        if draw.chance(30) {
            let load_ms = draw.mostly_low(3, 28);
            self.then(
                0,
                log,
                draw,
                "DEBUG",
                &format!("Cache miss for product:{product}, loaded in {load_ms} ms"),
            );
        }
        if draw.chance(8) {
            let kb = draw.between(20, 180);
            self.then(0, log, draw, "DEBUG", &format!("Image of product {product} resized: {kb} kB"));
        }
    }

    fn fill_cart(&mut self, log: &mut Log, draw: &mut Draw) {
        let cart = 55_000 + self.number;
        for _ in 0..draw.mostly_low(1, 4) {
            let (n, product) = (draw.mostly_low(1, 3), draw.between(100, 980));
            self.items += n;
            self.cents += n * draw.mostly_low(490, 8_900);
            let message = format!("Cart {cart}: {n} of product {product} added, {} EUR", euros(self.cents));
            self.then(70, log, draw, "INFO", &message);
        }
        if draw.chance(12) {
            let product = draw.between(100, 980);
            self.then(30, log, draw, "INFO", &format!("Cart {cart}: product {product} looked at again"));
        }
        if draw.chance(10) {
            let code = draw.pick(&["SPRING", "FRIENDS", "HELLO"]);
            self.then(30, log, draw, "INFO", &format!("Cart {cart}: voucher {code} accepted, 5 % off"));
        }
    }

    fn check_out(&mut self, log: &mut Log, draw: &mut Draw) {
        let (user, items, total) = (self.user, self.items, euros(self.cents));
        let (checkout, payment, order) =
            (70_000 + self.number, FIRST_PAYMENT + self.number, FIRST_ORDER + self.number);
        let message = format!("Checkout {checkout} started by user {user}: {items} items");
        self.then(50, log, draw, "INFO", &message);
        let postcode = draw.between(1_000, 9_600);
        self.then(25, log, draw, "DEBUG", &format!("Checkout {checkout}: postcode {postcode} accepted"));
        if draw.chance(7) {
            let why = draw.pick(&["card expired", "limit reached"]);
            self.then(20, log, draw, "WARN", &format!("Payment {payment} declined by the bank: {why}"));
            return;
        }
        let (means, ms) = (draw.pick(&["card", "invoice", "wallet"]), draw.mostly_low(180, 900));
        let message = format!("Payment {payment} of {total} EUR authorised by {means} in {ms} ms");
        self.then(30, log, draw, "INFO", &message);
        let message = format!("Order {order} placed by user {user}: {items} items, {total} EUR");
        self.then(1, log, draw, "INFO", &message);
        self.deliver(order, log, draw);
    }

    fn deliver(&self, order: u64, log: &mut Log, draw: &mut Draw) {
        let (user, mut at) = (self.user, self.now + 1);
        log.line(at, "INFO", &format!("Mail order-confirmation queued for user {user}"));
        if draw.chance(9) {
            at += draw.between(1, 4);
            log.line(at, "WARN", &format!("Mail to user {user} deferred: mailbox busy, retry in 300 s"));
            at += 300;
        }
        at += draw.between(1, 6);
        let ms = draw.mostly_low(250, 1_400);
        log.line(at, "INFO", &format!("Mail order-confirmation delivered to user {user} in {ms} ms"));
        at += draw.between(60, 900);
        let (shelf, kg) = (draw.between(1, 60), draw.mostly_low(2, 90));
        log.line(
            at,
            "INFO",
            &format!("Warehouse: order {order} picked from shelf {shelf}, {}.{} kg", kg / 10, kg % 10),
        );
        if draw.chance(80) {
            at += draw.between(300, 2_400);
            let parcel = 3_300_000 + order * 7;
            log.line(at, "INFO", &format!("Parcel {parcel} of order {order} handed to the carrier"));
        }
    }

    fn leave(&mut self, log: &mut Log, draw: &mut Draw) {
        if draw.chance(45) {
            let (user, stayed) = (self.user, self.now - self.began + 5);
            self.then(0, log, draw, "INFO", &format!("User {user} logged out after {stayed} s"));
        }
    }
}
