# pdac with git, which shares the records of deployments, and Python, which runs unit tests. Releases put the program
# below linux/amd64 and linux/arm64; to build it by hand:
#   GOOS=linux GOARCH=amd64 CGO_ENABLED=0 go build -o linux/amd64/pdac ./cmd/pdac && docker build --build-arg TARGETPLATFORM=linux/amd64 .
FROM python:3.11-alpine
ARG TARGETPLATFORM
RUN apk add --no-cache git openssh-client \
 && adduser -D -u 10001 pdac \
 && git config --system --add safe.directory '*'
COPY $TARGETPLATFORM/pdac /usr/bin/pdac
USER pdac
WORKDIR /repo
ENTRYPOINT ["/usr/bin/pdac"]
