# baosong as a static binary on an empty base.
#
#   docker build --build-arg VERSION=v0.1.0 -t baosong .
#   docker run -p 8080:8080 -v baosong:/data -v ./baosong.yaml:/etc/baosong.yaml:ro baosong
#
# In the configuration: web.listen 0.0.0.0:8080, database.url sqlite:/data/baosong.db or a
# PostgreSQL. The process is uid 65532; a host folder mounted at /data must be its own.

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
# Pure Go, SQLite included: nothing to link against, and the time zones are in the binary.
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/usr/local/bin/baosong ./cmd/baosong
# What an empty base lacks: root certificates for the mail relay and the SMS gateway, a place
# for temporary files, a place for the database.
RUN mkdir -p /out/etc/ssl/certs /out/usr/share/doc/baosong /out/data /out/tmp \
 && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ \
 && cp LICENSE forms/render/pdf/fonts/OFL.txt /out/usr/share/doc/baosong/ \
 && chown 65532:65532 /out/data && chmod 1777 /out/tmp

FROM scratch
COPY --from=build /out /
USER 65532:65532
WORKDIR /data
EXPOSE 8080
VOLUME /data
ENTRYPOINT ["/usr/local/bin/baosong"]
CMD ["serve", "--config", "/etc/baosong.yaml"]
