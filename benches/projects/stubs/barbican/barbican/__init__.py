from barbican import model
