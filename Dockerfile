# The server in a small image, as a user without rights.
#
#   docker build -t oddlog .
#   docker run -p 127.0.0.1:5000:5000 -v oddlog:/var/lib/oddlog oddlog
#
# The first start prints an API token, once. With --read-only --cap-drop ALL --security-opt no-new-privileges it works as well.
FROM rust:1-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN cargo build --release --locked --bins

FROM debian:bookworm-slim
RUN useradd --system --uid 65532 --home-dir /var/lib/oddlog --create-home --shell /usr/sbin/nologin oddlog
COPY --from=build /source/target/release/oddlog-server /source/target/release/oddlog /usr/local/bin/
USER 65532:65532
WORKDIR /var/lib/oddlog
VOLUME /var/lib/oddlog
ENV ODDLOG_LISTEN=0.0.0.0:5000 \
    ODDLOG_MODELS_DIR=/var/lib/oddlog \
    ODDLOG_FIRST_RUN_TOKEN=true
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["oddlog-server", "--health-check"]
ENTRYPOINT ["oddlog-server"]
